using ArchUnitNET.Loader;

namespace HeroOnboarding.Tests.Conventions;

/// <summary>
/// The dependencies of the compiled product are those that <see cref="Folders"/> allows, and each allowed one is used.
/// </summary>
public sealed class FolderDependencies
{
    private static readonly Lazy<IReadOnlyList<Use>> Found = new(Read);

    /// <summary>A type of one folder that uses a type of another.</summary>
    private sealed record Use(string From, string To, string Type, string Used);

    [Fact]
    public void Each_folder_uses_only_the_folders_that_it_may_use()
    {
        var forbidden = Found
            .Value.Where(u => !Folders.Find(u.From).MayUse.Contains(u.To))
            .Select(u => $"{u.From} must not use {u.To}: {u.Type} uses {u.Used}.");
        ExpectNone(forbidden);
    }

    [Fact]
    public void Each_allowed_dependency_is_used()
    {
        var used = Found.Value.Select(u => (u.From, u.To)).ToHashSet();
        var unused =
            from folder in Folders.All
            from to in folder.MayUse
            where !used.Contains((folder.Name, to))
            select $"{folder.Name} may use {to} but does not: take it off the list in Folders.cs.";
        ExpectNone(unused);
    }

    [Theory]
    [InlineData("HeroOnboarding.Admin.Pool.PoolList", "Admin")]
    [InlineData("AspNetCoreGeneratedDocument.Vms_Dashboard", "Vms")]
    [InlineData("HeroOnboarding.Store.Sqlite.SqliteDb", "Store")]
    [InlineData("HeroOnboarding.Configuration.Secret", "Configuration")]
    [InlineData("HeroOnboarding.PortalModel", "Program")]
    [InlineData("HeroOnboarding.Cli.CommandLine", "Program")]
    [InlineData("Program", "Program")]
    [InlineData("System.String", null)]
    public void A_type_belongs_to_the_folder_of_its_namespace(string type, string? folder) =>
        Assert.Equal(folder, Folders.Of(type));

    /// <summary>Known dependencies: a reading of the assembly that finds none of them does not pass.</summary>
    [Theory]
    [InlineData("Pool", "Vms", "PoolAssignmentProvisioner")]
    [InlineData("Vms", "Plans", "AllocateVm")]
    [InlineData("Plans", "Vms", "BuyPlan")]
    [InlineData("Store", "Common", "UnitOfWorkRunner")]
    public void Known_dependencies_are_found(string from, string to, string type) =>
        Assert.Contains(
            Found.Value,
            u => u.From == from && u.To == to && u.Type.Contains(type, StringComparison.Ordinal)
        );

    private static void ExpectNone(IEnumerable<string> sentences)
    {
        var all = sentences.Distinct().Order(StringComparer.Ordinal).ToList();
        Assert.True(all.Count == 0, string.Join("\n", all));
    }

    private static IReadOnlyList<Use> Read()
    {
        var architecture = new ArchLoader().LoadAssemblies(typeof(Program).Assembly).Build();
        var uses =
            from type in architecture.Types
            let folder = Folders.Of(type.FullName)
            where folder is not null
            from dependency in type.Dependencies
            let used = Folders.Of(dependency.Target.FullName)
            where used is not null && used != folder
            select new Use(folder, used, type.FullName, dependency.Target.FullName);
        return [.. uses.Distinct()];
    }
}
