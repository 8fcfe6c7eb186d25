using System.Text;

namespace HeroOnboarding.Tests.Conventions;

/// <summary>A folder of the product and the folders that it may use.</summary>
/// <param name="Sentence">What is in it.</param>
/// <param name="MayUse">Directly; nothing follows from what those may use.</param>
internal sealed record Folder(string Name, string Sentence, params string[] MayUse);

/// <summary>
/// The one list of the folders of <c>src/HeroOnboarding</c> and of the allowed dependencies between them.
/// <see cref="FolderDependencies"/> holds it, and <c>docs/architecture.md</c> is generated from it.
/// </summary>
internal static class Folders
{
    /// <summary>From the bottom upwards.</summary>
    public static IReadOnlyList<Folder> All { get; } =
    [
        new("Common", "What every layer is written with: outcome, refusal, JSON, money, instants, names, text."),
        new(
            "Configuration",
            "Reads settings into the options classes of the features, and says what is wrong with them."
        ),
        new(
            "Store",
            "Unit of work, outbox, jobs, audit, idempotency, lists, and the two databases. It knows no feature.",
            "Common",
            "Configuration"
        ),
        new(
            "Web",
            "What stands around every route: problem details, policies, input, limits, webhooks, health. "
                + "It knows no feature.",
            "Common",
            "Configuration",
            "Store"
        ),
        new(
            "Shared",
            "Layouts and partial pages of every feature, found by Razor in this place.",
            "Common",
            "Store",
            "Web",
            "Pool"
        ),
        new(
            "Accounts",
            "Customers, their identities, sessions and sign-in.",
            "Common",
            "Configuration",
            "Store",
            "Web"
        ),
        new("Kyc", "Identity checks.", "Common", "Configuration", "Store", "Web", "Accounts", "Plans", "Credit"),
        new(
            "Credit",
            "The ledger, receipts and payments.",
            "Common",
            "Configuration",
            "Store",
            "Web",
            "Accounts",
            "Plans",
            "Pool"
        ),
        new(
            "Plans",
            "The catalogue, purchases, and the way of a customer to the first machine.",
            "Common",
            "Configuration",
            "Store",
            "Web",
            "Accounts",
            "Kyc",
            "Credit",
            "Vms"
        ),
        new(
            "Vms",
            "Leases: hand-out, end, replacement, expiry, and the seam to provisioners.",
            "Common",
            "Configuration",
            "Store",
            "Web",
            "Accounts",
            "Credit",
            "Plans"
        ),
        new(
            "Pool",
            "The operator's machines: refresh, claim, erasure, quarantine, probes. It provides machines to `Vms`.",
            "Common",
            "Configuration",
            "Store",
            "Web",
            "Accounts",
            "Vms"
        ),
        new(
            "Deployer",
            "Delivers to the deployer what `Vms` queued about leases.",
            "Common",
            "Configuration",
            "Store",
            "Web",
            "Accounts",
            "Vms",
            "Pool"
        ),
        new(
            "Home",
            "Pages of customers that show several features: the start page and the account page.",
            "Common",
            "Store",
            "Web",
            "Accounts",
            "Kyc",
            "Plans",
            "Vms",
            "Pool"
        ),
        new(
            "Admin",
            "The operators' pages, lists and actions, by subject, and operators' access.",
            "Common",
            "Configuration",
            "Store",
            "Web",
            "Accounts",
            "Kyc",
            "Credit",
            "Plans",
            "Vms",
            "Pool",
            "Deployer"
        ),
        new(
            "Program",
            "The composition root: `Program.cs`, `PortalModel.cs`, `AllOptions.cs`, `AllProviders.cs` and the command "
                + "line in `Cli/`.",
            "Common",
            "Configuration",
            "Store",
            "Web",
            "Accounts",
            "Kyc",
            "Credit",
            "Plans",
            "Vms",
            "Pool",
            "Deployer",
            "Admin"
        ),
    ];

    /// <summary>The folder of a type; null for what the compiler generates for the whole assembly.</summary>
    /// <param name="type">Full name. Razor compiles pages into one namespace, with the folder in the name.</param>
    public static string? Of(string type)
    {
        var parts = type.Split('.', '_', '+', '/');
        if (parts[0] == "AspNetCoreGeneratedDocument" && parts.Length > 2)
            return All.Any(f => f.Name == parts[1]) ? parts[1] : null;
        if (type is "Program" || type.StartsWith("Program+", StringComparison.Ordinal))
            return "Program";
        if (parts[0] != "HeroOnboarding" || parts.Length < 2)
            return null;
        if (parts.Length > 2 && All.Any(f => f.Name == parts[1]))
            return parts[1];
        return "Program";
    }

    /// <summary>The page <c>docs/architecture.md</c> without its heading.</summary>
    public static string Page()
    {
        var page = new StringBuilder();
        page.Append(
            "Folders of `src/HeroOnboarding` and the dependencies between them. An arrow says that a folder may use "
                + "another. Arrows to the lower layers and from the upper ones are left out where they follow from "
                + "others; the table has all.\n\n"
        );
        page.Append("```mermaid\nflowchart TD\n");
        foreach (var folder in All.Reverse())
        foreach (var used in folder.MayUse.Where(u => IsDrawn(folder, u)))
            page.Append($"  {folder.Name} --> {used}\n");
        page.Append("```\n\n| folder | what is in it | may use |\n| --- | --- | --- |\n");
        foreach (var folder in All)
            page.Append(
                $"| `{folder.Name}` | {folder.Sentence} | "
                    + $"{(folder.MayUse.Length == 0 ? "nothing" : string.Join(", ", folder.MayUse))} |\n"
            );
        page.Append(
            "\nThree pairs use each other. `Plans` and `Vms`: buying a plan and starting a machine are one commit, "
                + "and a lease uses a slot of a purchase. `Plans` and `Kyc`, `Plans` and `Credit`: the pages on which "
                + "somebody comes back from a check or a payment show what follows, and a receipt names its plan. "
                + "Options of `Kyc` and `Credit` refuse sandboxes beside real money, and so read those of `Credit` and "
                + "`Pool`. "
                + "Elsewhere the lower folder declares a delegate and the upper one registers it "
                + "(`Accounts/AccountHooks.cs`, `Vms/Supply.cs`).\n\n"
                + "Constants are copied by the compiler and leave no dependency behind. To add a dependency, add it to "
                + "`tests/HeroOnboarding.Tests/Conventions/Folders.cs`; a listed one that is used no longer must go.\n"
        );
        return page.ToString();
    }

    /// <summary>
    /// Between features every arrow is drawn; to lower layers, and from upper ones, only the longest path.
    /// </summary>
    private static bool IsDrawn(Folder folder, string used) =>
        !IsImplied(folder, used)
        || (used is not ("Common" or "Configuration" or "Store" or "Web") && folder.Name is not ("Admin" or "Program"));

    /// <summary>True where another folder that this one may use leads to it as well.</summary>
    private static bool IsImplied(Folder folder, string used) =>
        folder.MayUse.Any(other => other != used && Reaches(other, used, [folder.Name]));

    private static bool Reaches(string from, string to, HashSet<string> seen) =>
        seen.Add(from) && Find(from).MayUse.Any(u => u == to || Reaches(u, to, seen));

    public static Folder Find(string name) => All.Single(f => f.Name == name);
}
