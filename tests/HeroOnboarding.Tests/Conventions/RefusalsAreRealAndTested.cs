using System.Text.RegularExpressions;
using HeroOnboarding.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace HeroOnboarding.Tests.Conventions;

/// <summary>Every refusal of the catalogue is used by the source and met by a test.</summary>
public sealed partial class RefusalsAreRealAndTested
{
    /// <summary>Refusals that no code uses yet; empty at a release.</summary>
    private static readonly string[] NotSaidYet = [];

    /// <summary>Refusals that no test meets yet.</summary>
    private static readonly string[] NotHeardYet = [];

    [Fact]
    public void Codes_are_unique_and_speak_in_sentences()
    {
        var all = DeclaredRefusals.All;
        Assert.Equal(all.Count, all.Select(r => r.Code).Distinct().Count());
        Assert.All(
            all,
            r =>
            {
                Assert.Matches("^[a-z_]+\\.[a-z_]+$|^not_found$", r.Code);
                Assert.InRange(r.Status, 400, 503);
                Assert.EndsWith(".", r.Title, StringComparison.Ordinal);
                Assert.EndsWith(".", r.Next, StringComparison.Ordinal);
                Assert.DoesNotMatch("(?i)\\b(month|VM|error|exception|invalid|null)\\b", r.Title + " " + r.Next);
            }
        );
    }

    [Fact]
    public void Each_refusal_is_said_somewhere()
    {
        var text = string.Concat(
            Source
                .Files("src", ".cs", ".cshtml")
                .Where(f => !f.Path.EndsWith("Refusals.cs", StringComparison.Ordinal))
                .Select(f => f.Text)
        );
        Assert.Equal(
            NotSaidYet.Order(StringComparer.Ordinal),
            Fields().Where(f => !Mentions(text, f.Name)).Select(f => f.Code).Order(StringComparer.Ordinal)
        );
    }

    [Fact]
    public void Each_refusal_is_heard_by_a_test()
    {
        var text = string.Concat(
            Source
                .Files(["tests", "scripts"], ".cs", ".sh")
                .Where(f => !f.Path.EndsWith("/RefusalsAreRealAndTested.cs", StringComparison.Ordinal))
                .Select(f => f.Text)
        );
        Assert.Equal(
            NotHeardYet.Concat(NotSaidYet).Order(StringComparer.Ordinal),
            Fields()
                .Where(f =>
                    !Expectation(f.Name).IsMatch(text)
                    && !text.Contains($"\"{f.Code}\"", StringComparison.Ordinal)
                    && !text.Contains($" {f.Code} ", StringComparison.Ordinal)
                )
                .Select(f => f.Code)
                .Order(StringComparer.Ordinal)
        );
    }

    [Fact]
    public void Refusals_are_declared_in_files_of_their_own() =>
        Assert.Equal(
            ["src/HeroOnboarding/Web/Problems.cs"],
            Source
                .Files("src", ".cs", ".cshtml")
                .Where(f => !f.Path.EndsWith("Refusals.cs", StringComparison.Ordinal) && NewRefusal().IsMatch(f.Text))
                .Select(f => f.Path)
        );

    /// <summary>
    /// Otherwise a refused form returns to its page without a message, and <c>docs/refusals.md</c> lacks the refusal.
    /// </summary>
    [Fact]
    public async Task Each_feature_registers_the_refusals_that_it_declares()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite);
        var registered = portal.Services.GetRequiredService<RefusalCatalog>().All.Select(r => r.Code);
        Assert.Equal(
            DeclaredRefusals.All.Select(r => r.Code).Order(StringComparer.Ordinal),
            registered.Order(StringComparer.Ordinal)
        );
    }

    private static IEnumerable<(string Name, string Code)> Fields() =>
        DeclaredRefusals.Fields.Select(f => ($"{f.DeclaringType!.Name}.{f.Name}", ((Refusal)f.GetValue(null)!).Code));

    private static bool Mentions(string text, string field) => Expectation(field).IsMatch(text);

    private static Regex Expectation(string field) => new($@"\b{Regex.Escape(field)}\b");

    [GeneratedRegex(@"new Refusal\(|Refusal \w+ = new\(")]
    private static partial Regex NewRefusal();
}
