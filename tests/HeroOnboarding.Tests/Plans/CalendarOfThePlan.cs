using System.Text;
using HeroOnboarding.Accounts;
using HeroOnboarding.Plans;
using HeroOnboarding.Tests.Support;

namespace HeroOnboarding.Tests.Plans;

/// <summary>The end of the plan in a calendar, as RFC 5545 writes it.</summary>
public sealed class CalendarOfThePlan
{
    [Theory, BothDatabases]
    public async Task The_file_says_the_exact_end_with_three_alarms_and_moves_with_a_renewal(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(1));
        var asha = await portal.SignUpAsync("asha");
        (await asha.Browser.SendAsync(HttpMethod.Get, "/plan/calendar.ics")).ExpectRefusal(PlanRefusals.PlanRequired);
        (await portal.Browser().SendAsync(HttpMethod.Get, "/plan/calendar.ics")).ExpectRefusal(
            AccountRefusals.SessionRequired
        );
        await asha.PassKycAsync();
        await asha.TopUpAsync(2000);
        (await asha.BuyPlanAsync()).Expect(201);
        var reply = (await asha.Browser.SendAsync(HttpMethod.Get, "/plan/calendar.ics")).Expect(200);
        Assert.Equal("text/calendar; charset=utf-8", reply.Response.Content.Headers.ContentType!.ToString());
        Assert.Equal(
            "attachment; filename=\"hero-plan.ics\"",
            reply.Response.Content.Headers.ContentDisposition!.ToString()
        );
        Assert.Equal("no-store", reply.Response.Headers.CacheControl!.ToString());
        var plan = await asha.PlanAsync();
        var lines = Unfold(reply.Body);
        Assert.Equal(("BEGIN:VCALENDAR", "END:VCALENDAR"), (lines[0], lines[^1]));
        Assert.Contains($"UID:plan-{plan.Sid}@localhost", lines);
        Assert.Contains("SEQUENCE:0", lines);
        Assert.Contains($"DTSTART:{plan.PeriodEnd.UtcDateTime:yyyyMMdd'T'HHmmss'Z'}", lines);
        Assert.Contains("SUMMARY:Your plan of 5 machines ends", lines);
        Assert.Equal(
            ["TRIGGER:-P7D", "TRIGGER:-P3D", "TRIGGER:-P1D"],
            lines.Where(l => l.StartsWith("TRIGGER", StringComparison.Ordinal))
        );
        Assert.Contains(
            lines,
            l =>
                l.StartsWith(
                    "DESCRIPTION:All machines of this plan end together. They are kept until ",
                    StringComparison.Ordinal
                )
                && l.EndsWith("\\nRenew before: https://localhost/plan", StringComparison.Ordinal)
                && l.Contains("2026\\, ", StringComparison.Ordinal) == l.Contains("2026", StringComparison.Ordinal)
        );
        (await asha.PostAsync("/plan/renew", new { })).Expect(200);
        var again = Unfold((await asha.Browser.SendAsync(HttpMethod.Get, "/plan/calendar.ics")).Expect(200).Body);
        Assert.Contains($"UID:plan-{plan.Sid}@localhost", again);
        Assert.Contains("SEQUENCE:1", again);
        Assert.Contains($"DTSTART:{plan.PeriodEnd.AddDays(30).UtcDateTime:yyyyMMdd'T'HHmmss'Z'}", again);
    }

    [Theory]
    [InlineData("a, b; c\\d\nnext", "a\\, b\\; c\\\\d\\nnext")]
    [InlineData("line\r\nline", "line\\nline")]
    [InlineData("plain", "plain")]
    public void Texts_are_escaped(string text, string escaped) => Assert.Equal(escaped, PlanCalendar.Escape(text));

    [Theory]
    [InlineData("x", 75, 1)]
    [InlineData("x", 76, 2)]
    [InlineData("ä", 100, 3)]
    [InlineData("😀", 60, 4)]
    public void Long_lines_fold_at_75_octets_between_characters(string of, int count, int lines)
    {
        var line = string.Concat(Enumerable.Repeat(of, count));
        var folded = PlanCalendar.Fold(line);
        Assert.EndsWith("\r\n", folded, StringComparison.Ordinal);
        var parts = folded[..^2].Split("\r\n");
        Assert.Equal(lines, parts.Length);
        Assert.All(parts, p => Assert.InRange(Encoding.UTF8.GetByteCount(p), 1, 75));
        Assert.All(parts.Skip(1), p => Assert.Equal(' ', p[0]));
        Assert.Equal([line], Unfold(folded));
    }

    private static IReadOnlyList<string> Unfold(string text)
    {
        Assert.DoesNotContain('\n', text.Replace("\r\n", "", StringComparison.Ordinal));
        return text.Replace("\r\n ", "", StringComparison.Ordinal).TrimEnd().Split("\r\n");
    }
}
