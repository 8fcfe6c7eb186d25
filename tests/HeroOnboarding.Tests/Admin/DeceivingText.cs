using HeroOnboarding.Pool;
using HeroOnboarding.Tests.Support;
using HeroOnboarding.Vms;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Tests.Admin;

/// <summary>HTML and control characters in data are shown as text on every page of operators.</summary>
public sealed class DeceivingText
{
    private const string Payload = "<img src=x onerror=alert(1)>\"'&";

    [Fact]
    public async Task Deceiving_text_is_shown_as_text_on_every_page()
    {
        await using var portal = await Portal.StartAsync(
            Db.Sqlite,
            """
            [{"id":"vm-1","node":"PAYLOAD","cockpit_url":"https://x.example/?\u003cb\u003e","labels":{"a":"PAYLOAD"}},
            {"id":"vm-2","node":"PAYLOAD"}]
            """.Replace("PAYLOAD", "<img src=x onerror=alert(1)>\\\"'&", StringComparison.Ordinal)
        );
        var (user, lease) = await portal.FillAsync(Payload);
        await PutIntoEveryTextAsync(portal);
        using var browser = await portal.OperatorAsync(Payload);
        var query =
            "?"
            + string.Join(
                '&',
                new[] { "q", "act", "name", "done", "ready", "refused" }.Select(n =>
                    n + "=" + Uri.EscapeDataString(Payload)
                )
            );
        foreach (
            var page in AdminPaths
                .Pages.Append("/admin/users/" + user)
                .Append("/admin/allocations/" + lease)
                .SelectMany(p => new[] { p, p + query })
                .Append("/admin/login" + query)
        )
        {
            var body = (await browser.OpenAsync(page)).Expect(200).Body;
            Assert.DoesNotContain("<img src=x", body, StringComparison.Ordinal);
            Assert.DoesNotContain("<b>\"", body, StringComparison.Ordinal);
        }
        Assert.Contains(
            "&lt;img src=x onerror=alert(1)&gt;&quot;&#x27;&amp;",
            (await browser.OpenAsync("/admin/users")).Body,
            StringComparison.Ordinal
        );
        var preview = await browser.SubmitAsync(
            "/admin/pool-preview",
            "/admin/pool-preview",
            new Dictionary<string, string> { ["pool"] = """[{"id":"<img src=x onerror=alert(1)>"}]""" }
        );
        Assert.DoesNotContain("<img src=x", preview.Expect(422).Body, StringComparison.Ordinal);
    }

    /// <summary>Columns that no request can fill with any text are set in the store.</summary>
    private static Task PutIntoEveryTextAsync(Portal portal) =>
        portal.Units.RunAsync(
            "test.seed",
            new("operator", Payload),
            async unit =>
            {
                unit.Send("test.kind", Payload, new { });
                await unit.Db.SaveChangesAsync();
                await unit.Db.Outbox.ExecuteUpdateAsync(set => set.SetProperty(r => r.LastError, Payload));
                // Rows from before addresses were checked may hold anything.
                await unit.Db.PoolVms.ExecuteUpdateAsync(set =>
                    set.SetProperty(v => v.ConditionReason, Payload).SetProperty(v => v.Address, Payload)
                );
                await unit.Db.VmAllocations.ExecuteUpdateAsync(set => set.SetProperty(a => a.Address, Payload));
                unit.Note(Payload, new { text = Payload });
            }
        );
}
