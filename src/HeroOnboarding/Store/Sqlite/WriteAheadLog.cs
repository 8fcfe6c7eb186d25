using System.Buffers.Binary;

namespace HeroOnboarding.Store.Sqlite;

/// <summary>
/// Reads a -wal file without SQLite, which silently ignores everything from the first bad frame on. That
/// is right after a power cut in the middle of a COMMIT, and loses transactions where the file was
/// damaged. Format: https://sqlite.org/fileformat2.html#the_write_ahead_log
/// </summary>
internal static class WriteAheadLog
{
    private const int HeaderSize = 32,
        FrameHeaderSize = 24;

    /// <summary>
    /// Finds damage before a later transaction. Each COMMIT is synced before the next one is written, so a bad frame
    /// of a transaction that others follow was written correctly and damaged later. A bad last transaction is what a
    /// power cut leaves.
    /// </summary>
    /// <returns>A part of a sentence that says where; null when no damage is known.</returns>
    public static string? FindDamage(string path)
    {
        if (!File.Exists(path))
            return null;
        using var file = File.OpenRead(path);
        var header = new byte[HeaderSize];
        var whole = file.ReadAtLeast(header, HeaderSize, throwOnEndOfStream: false) == HeaderSize;
        // The header was not synced, so nothing was committed.
        if (!whole || !header.AsSpan().ContainsAnyExcept((byte)0))
            return null;
        var sums = new Checksum(bigEndian: (header[3] & 1) == 1);
        sums.Add(header.AsSpan(0, 24));
        var pageSize = (int)BinaryPrimitives.ReadUInt32BigEndian(header.AsSpan(8));
        if (!sums.Matches(header.AsSpan(24)) || pageSize is < 512 or > 65536)
            return "its header is damaged";
        return FindDamagedFrame(file, sums, new byte[FrameHeaderSize + pageSize], header.AsSpan(16, 8).ToArray());
    }

    private static string? FindDamagedFrame(FileStream file, Checksum sums, byte[] frame, byte[] salt)
    {
        var bad = 0;
        var committedLater = false;
        for (var n = 1; file.ReadAtLeast(frame, frame.Length, throwOnEndOfStream: false) == frame.Length; n++)
        {
            // Frames of an earlier use of the file have another salt.
            var ours = frame.AsSpan(8, 8).SequenceEqual(salt);
            if (bad == 0)
            {
                sums.Add(frame.AsSpan(0, 8));
                sums.Add(frame.AsSpan(FrameHeaderSize));
                if (ours && sums.Matches(frame.AsSpan(16)))
                    continue;
                bad = n;
            }
            if (committedLater && ours)
                return $"frame {bad} is damaged and later changes follow";
            committedLater |= ours && BinaryPrimitives.ReadUInt32BigEndian(frame.AsSpan(4)) != 0;
        }
        return null;
    }

    /// <summary>SQLite's running checksum over 8 bytes at a time.</summary>
    private struct Checksum(bool bigEndian)
    {
        private uint first,
            second;

        public void Add(ReadOnlySpan<byte> bytes)
        {
            for (var i = 0; i < bytes.Length; i += 8)
            {
                first += Word(bytes[i..]) + second;
                second += Word(bytes[(i + 4)..]) + first;
            }
        }

        public readonly bool Matches(ReadOnlySpan<byte> stored) =>
            BinaryPrimitives.ReadUInt32BigEndian(stored) == first
            && BinaryPrimitives.ReadUInt32BigEndian(stored[4..]) == second;

        private readonly uint Word(ReadOnlySpan<byte> bytes) =>
            bigEndian ? BinaryPrimitives.ReadUInt32BigEndian(bytes) : BinaryPrimitives.ReadUInt32LittleEndian(bytes);
    }
}
