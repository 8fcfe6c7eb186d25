using System.Buffers.Text;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace HeroOnboarding.Bench;

/// <summary>A status, whether the answer has Retry-After, and a body.</summary>
internal readonly record struct WireAnswer(int Status, bool SaysWhen, byte[] Body);

/// <summary>
/// A minimal HTTP/1.1 connection, one request at a time. The load generator shares the machine's processors with what
/// it measures, so it does as little as possible. It parses only the forms of answers that this server sends (a
/// length or chunks).
/// </summary>
internal sealed class Wire(Uri url) : IAsyncDisposable
{
    private readonly Socket socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private byte[] buffer = new byte[16 * 1024];
    private int filled;

    public Task<WireAnswer> PostAsync(string path, string headers, string body) =>
        SendAsync("POST", path, headers, body);

    public Task<WireAnswer> GetAsync(string path, string headers) => SendAsync("GET", path, headers, null);

    private async Task<WireAnswer> SendAsync(string method, string path, string headers, string? body)
    {
        if (!socket.Connected)
            await socket.ConnectAsync(IPAddress.Loopback, url.Port);
        var length = body is null ? "" : $"Content-Length: {Encoding.UTF8.GetByteCount(body)}\r\n";
        await socket.SendAsync(
            Encoding.UTF8.GetBytes($"{method} {path} HTTP/1.1\r\nHost: {url.Authority}\r\n{headers}{length}\r\n{body}")
        );
        filled = 0;
        int head;
        while ((head = buffer.AsSpan(0, filled).IndexOf("\r\n\r\n"u8)) < 0)
            await FillAsync();
        var (status, size) = ReadHead(buffer.AsSpan(0, head + 2));
        var says = buffer.AsSpan(0, head + 2).IndexOf("\r\nRetry-After: "u8) >= 0;
        return new(status, says, size >= 0 ? await ReadSizedAsync(head + 4, size) : await ReadChunksAsync(head + 4));
    }

    private static (int Status, int Size) ReadHead(ReadOnlySpan<byte> head)
    {
        var status = Number(head[9..12]);
        var at = head.IndexOf("\r\nContent-Length: "u8);
        if (at < 0)
            return (status, head.IndexOf("\r\nTransfer-Encoding: chunked"u8) >= 0 ? -1 : 0);
        return (status, Number(head[(at + 18)..]));
    }

    private async Task<byte[]> ReadSizedAsync(int from, int size)
    {
        while (filled < from + size)
            await FillAsync();
        return buffer[from..(from + size)];
    }

    private async Task<byte[]> ReadChunksAsync(int at)
    {
        var body = new List<byte>();
        while (true)
        {
            int end;
            while ((end = buffer.AsSpan(at, filled - at).IndexOf("\r\n"u8)) < 0)
                await FillAsync();
            var size = Number(buffer.AsSpan(at, end), 'x');
            at += end + 2;
            while (filled < at + size + 2)
                await FillAsync();
            if (size == 0)
                return [.. body];
            body.AddRange(buffer.AsSpan(at, size));
            at += size + 2;
        }
    }

    private static int Number(ReadOnlySpan<byte> text, char format = 'G') =>
        Utf8Parser.TryParse(text, out int number, out _, format)
            ? number
            : throw new IOException("Not an answer of HTTP/1.1.");

    private async Task FillAsync()
    {
        if (filled == buffer.Length)
            Array.Resize(ref buffer, buffer.Length * 2);
        var read = await socket.ReceiveAsync(buffer.AsMemory(filled));
        filled += read > 0 ? read : throw new IOException("The server closed the connection.");
    }

    public ValueTask DisposeAsync()
    {
        socket.Dispose();
        return ValueTask.CompletedTask;
    }
}
