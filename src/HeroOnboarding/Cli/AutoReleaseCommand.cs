using System.CommandLine;
using System.Text.Json;

namespace HeroOnboarding.Cli;

/// <summary>
/// <c>auto-release --once</c>: runs auto-release in a running portal, over HTTP with the operator secret. The portal's
/// own job runs every hour by default.
/// </summary>
internal static class AutoReleaseCommand
{
    public static Command Create()
    {
        var portal = new PortalArguments();
        var once = new Option<bool>("--once")
        {
            Description = "One tick now; required, since the portal itself repeats it.",
        };
        var force = new Option<bool>("--force")
        {
            Description = "Go on where the brakes stop: very many at once, or the clock jumped.",
        };
        var withoutNotice = new Option<bool>("--without-notice")
        {
            Description = "Also machines whose owners were not shown the notices in time.",
        };
        var command = new Command(
            "auto-release",
            "Release the machines whose time is over (needs HERO_ONBOARDING_ADMIN_SECRET)."
        )
        {
            once,
            force,
            withoutNotice,
        };
        portal.AddTo(command);
        command.SetAction(
            (result, cancel) =>
                result.GetValue(once)
                    ? RunAsync(portal.Of(result), result.GetValue(force), result.GetValue(withoutNotice), cancel)
                    : RefuseAsync()
        );
        return command;
    }

    private static async Task<int> RefuseAsync()
    {
        await Console.Error.WriteLineAsync(
            "Say --once: the portal itself repeats it (HERO_ONBOARDING_AUTO_RELEASE_CRON_INTERVAL_MS)."
        );
        return 1;
    }

    private static async Task<int> RunAsync(
        PortalAddress portal,
        bool force,
        bool withoutNotice,
        CancellationToken cancel
    )
    {
        var (ok, text) = await portal.SendAsync(
            HttpMethod.Post,
            "/admin/auto-release-now",
            JsonSerializer.Serialize(new { force, withoutNotice }, Json.Options),
            cancel
        );
        if (!ok)
            return 1;
        try
        {
            using var document = JsonDocument.Parse(text);
            var errors = document.RootElement.GetProperty("errors").GetInt32();
            await Console.Out.WriteLineAsync(text);
            return errors == 0 ? 0 : 1;
        }
        catch (Exception e)
            when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            await Console.Error.WriteLineAsync($"What answers at {portal.Url} is not this portal.");
            return 1;
        }
    }
}
