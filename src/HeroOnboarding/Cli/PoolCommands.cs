using System.CommandLine;
using System.Text.Json;

namespace HeroOnboarding.Cli;

/// <summary>
/// <c>pool show</c> and <c>pool refresh FILE</c>: over HTTP with the operator secret, since only the server
/// opens the store.
/// </summary>
internal static class PoolCommands
{
    public static Command Create()
    {
        var portal = new PortalArguments();
        var json = new Option<bool>("--json") { Description = "Print the server's JSON." };
        var show = new Command("show", "List the machines of the pool.") { json };
        portal.AddTo(show);
        show.SetAction((result, cancel) => ShowAsync(portal.Of(result), result.GetValue(json), cancel));
        var file = new Argument<string>("FILE") { Description = "Pool JSON, or - for standard input." };
        var refresh = new Command("refresh", "Replace the whole pool; machines that are held stay held.") { file };
        portal.AddTo(refresh);
        refresh.SetAction((result, cancel) => RefreshAsync(result.GetValue(file)!, portal.Of(result), cancel));
        return new Command("pool", "Look at the pool or replace it (needs HERO_ONBOARDING_ADMIN_SECRET).")
        {
            show,
            refresh,
        };
    }

    private static async Task<int> ShowAsync(PortalAddress portal, bool json, CancellationToken cancel)
    {
        string? after = null;
        do
        {
            var (ok, text) = await portal.SendAsync(
                HttpMethod.Get,
                "/admin/list-pool?size=200" + (after is null ? "" : "&after=" + Uri.EscapeDataString(after)),
                null,
                cancel
            );
            if (!ok)
                return 1;
            if (json)
                await Console.Out.WriteLineAsync(text);
            try
            {
                after = Print(text, json ? TextWriter.Null : Console.Out);
            }
            catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
            {
                await Console.Error.WriteLineAsync($"What answers at {portal.Url} is not this portal.");
                return 1;
            }
        } while (after is not null);
        return 0;
    }

    /// <returns>The cursor of the next page; null on the last one.</returns>
    private static string? Print(string text, TextWriter output)
    {
        using var document = JsonDocument.Parse(text);
        foreach (var vm in document.RootElement.GetProperty("rows").EnumerateArray())
        {
            var address = vm.TryGetProperty("address", out var known) ? known.GetString() : "—";
            output.WriteLine(
                $"{vm.GetProperty("id").GetString(), -24} {vm.GetProperty("state").GetString(), -12} lease "
                    + $"{vm.GetProperty("lease_number").GetInt64(), -6} {address}"
            );
        }
        return document.RootElement.TryGetProperty("next", out var next) ? next.GetString() : null;
    }

    private static async Task<int> RefreshAsync(string file, PortalAddress portal, CancellationToken cancel)
    {
        string body;
        try
        {
            body = file == "-" ? await Console.In.ReadToEndAsync(cancel) : await File.ReadAllTextAsync(file, cancel);
        }
        catch (Exception e)
            when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            await Console.Error.WriteLineAsync($"Cannot read {file}: {e.Message}");
            return 1;
        }
        var (ok, text) = await portal.SendAsync(HttpMethod.Post, "/admin/pool-refresh", body, cancel);
        if (ok)
            await Console.Out.WriteLineAsync(text);
        return ok ? 0 : 1;
    }
}
