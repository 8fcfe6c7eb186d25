using System.Collections;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Primitives;

namespace HeroOnboarding.Configuration;

/// <summary>
/// The readable files of one folder that are named like settings. Key-per-file opens every file of its folder and
/// throws at the first unreadable one; the folder may contain files of other programs.
/// </summary>
/// <param name="known">Whether a name is the name of a setting.</param>
/// <param name="mistakes">Receives a sentence for each file that cannot be read.</param>
internal sealed class SettingFiles(string folder, Func<string, bool> known, ICollection<string> mistakes)
    : IFileProvider
{
    public IDirectoryContents GetDirectoryContents(string subpath) =>
        new Contents([
            .. new PhysicalFileProvider(folder).GetDirectoryContents(subpath).Where(f => !f.IsDirectory && IsUsable(f)),
        ]);

    public IFileInfo GetFileInfo(string subpath) => new NotFoundFileInfo(subpath);

    public IChangeToken Watch(string filter) => NullChangeToken.Singleton;

    private bool IsUsable(IFileInfo file)
    {
        if (!known(file.Name))
            return false;
        try
        {
            using var stream = file.CreateReadStream();
            stream.ReadByte();
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            mistakes.Add($"{file.Name}: cannot read the file '{file.PhysicalPath}'.");
            return false;
        }
    }

    private sealed class Contents(IReadOnlyList<IFileInfo> files) : IDirectoryContents
    {
        public bool Exists => true;

        public IEnumerator<IFileInfo> GetEnumerator() => files.GetEnumerator();

        IEnumerator IEnumerable.GetEnumerator() => files.GetEnumerator();
    }
}
