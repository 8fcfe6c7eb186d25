using HeroOnboarding.Store;

namespace HeroOnboarding.Tests.Support;

/// <summary>A migrated SQLite file that tests copy instead of migrating again.</summary>
public static class SqliteTemplate
{
    private static readonly Lazy<Task<string>> File = new(MakeAsync);

    public static async Task CopyToAsync(string folder) =>
        System.IO.File.Copy(await File.Value, Path.Combine(folder, "hero-onboarding.sqlite"));

    private static async Task<string> MakeAsync()
    {
        var folder = Directory.CreateTempSubdirectory("hero-template-").FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(folder, recursive: true);
        await using (
            var database = Database.Open(
                AllOptions.Load(new Dictionary<string, string?> { ["DATA_DIR"] = folder }).Get<StoreOptions>(),
                PortalModel.Rows
            )
        )
            await database.MigrateAsync(CancellationToken.None);
        return Path.Combine(folder, "hero-onboarding.sqlite");
    }
}
