using System.CommandLine;
using System.Text.Json;
using HeroOnboarding.Admin.Access;

namespace HeroOnboarding.Cli;

/// <summary>
/// <c>tokens create</c>, <c>list</c> and <c>revoke</c>: over HTTP with the operator secret, since only the server
/// opens the store.
/// </summary>
internal static class TokenCommands
{
    public static Command Create()
    {
        var portal = new PortalArguments();
        var json = new Option<bool>("--json") { Description = "Print the server's JSON." };
        var name = new Argument<string>("NAME")
        {
            Description = "Which program has it: small letters, digits, hyphens.",
        };
        var scopes = new Option<string[]>("--scope")
        {
            Description = "pool, deployer, tick, read or usage:NODE; may be given several times.",
            Required = true,
            AllowMultipleArgumentsPerToken = true,
        };
        var days = new Option<int>("--days")
        {
            Description = $"How long it lives, 1 to {CreateToken.MostDays}.",
            DefaultValueFactory = _ => CreateToken.Days,
        };
        var create = new Command("create", "Make a token and print it, once.") { name, scopes, days, json };
        portal.AddTo(create);
        create.SetAction(
            (result, cancel) =>
                CreateAsync(
                    result.GetValue(name)!,
                    result.GetValue(scopes)!,
                    result.GetValue(days),
                    portal.Of(result),
                    result.GetValue(json),
                    cancel
                )
        );
        var list = new Command("list", "List the tokens, also those that are over.") { json };
        portal.AddTo(list);
        list.SetAction((result, cancel) => ListAsync(portal.Of(result), result.GetValue(json), cancel));
        var which = new Argument<string>("NAME") { Description = "Its name." };
        var revoke = new Command("revoke", "Take a token back, at once.") { which };
        portal.AddTo(revoke);
        revoke.SetAction((result, cancel) => RevokeAsync(result.GetValue(which)!, portal.Of(result), cancel));
        return new Command(
            "tokens",
            "Tokens for programs, in the place of the operator secret (needs HERO_ONBOARDING_ADMIN_SECRET)."
        )
        {
            create,
            list,
            revoke,
        };
    }

    private static async Task<int> CreateAsync(
        string name,
        string[] scopes,
        int days,
        PortalAddress portal,
        bool json,
        CancellationToken cancel
    )
    {
        var body = JsonSerializer.Serialize(
            new
            {
                name,
                scopes = string.Join(' ', scopes),
                days,
            },
            Json.Options
        );
        var (ok, text) = await portal.SendAsync(HttpMethod.Post, "/admin/token-create", body, cancel);
        return
            ok
            && await PrintAsync(
                portal,
                text,
                json,
                (made, output) => output.WriteLine(made.GetProperty("token").GetString())
            )
                is not null
            ? 0
            : 1;
    }

    private static async Task<int> ListAsync(PortalAddress portal, bool json, CancellationToken cancel) =>
        await WalkAsync(
            portal,
            json,
            (page, output) =>
            {
                foreach (var token in page.GetProperty("rows").EnumerateArray())
                {
                    var used = token.TryGetProperty("last_used_at", out var at) ? at.GetString()![..10] : "never";
                    output.WriteLine(
                        $"{Text(token, "name"), -24} {Text(token, "state"), -8} until "
                            + $"{Text(token, "expires_at")[..10]}  used {used, -10}  "
                            + string.Join(' ', token.GetProperty("scopes").EnumerateArray().Select(s => s.GetString()))
                    );
                }
            },
            cancel
        )
            ? 0
            : 1;

    /// <summary>Finds the sid by the name: the command takes a name, the route takes the sid.</summary>
    private static async Task<int> RevokeAsync(string name, PortalAddress portal, CancellationToken cancel)
    {
        string? sid = null;
        if (
            !await WalkAsync(
                portal,
                false,
                (page, _) =>
                    sid ??= page.GetProperty("rows")
                        .EnumerateArray()
                        .Where(t => Text(t, "name") == name)
                        .Select(t => Text(t, "sid"))
                        .FirstOrDefault(),
                cancel
            )
        )
            return 1;
        if (sid is null)
        {
            await Console.Error.WriteLineAsync($"There is no token named {name}.");
            return 1;
        }
        var (ok, _) = await portal.SendAsync(
            HttpMethod.Post,
            "/admin/token-revoke",
            JsonSerializer.Serialize(new { token_sid = sid }, Json.Options),
            cancel
        );
        if (ok)
            await Console.Out.WriteLineAsync($"The token {name} was taken back.");
        return ok ? 0 : 1;
    }

    private static async Task<bool> WalkAsync(
        PortalAddress portal,
        bool json,
        Action<JsonElement, TextWriter> print,
        CancellationToken cancel
    )
    {
        for (var after = ""; ; )
        {
            var (ok, text) = await portal.SendAsync(
                HttpMethod.Get,
                "/admin/list-tokens?size=200" + (after.Length == 0 ? "" : "&after=" + Uri.EscapeDataString(after)),
                null,
                cancel
            );
            if (!ok || await PrintAsync(portal, text, json, print) is not { } page)
                return false;
            if (!page.TryGetProperty("next", out var next) || next.GetString() is not { } more)
                return true;
            after = more;
        }
    }

    /// <returns>Null, after printing a sentence, when the answer is not the portal's.</returns>
    private static async Task<JsonElement?> PrintAsync(
        PortalAddress portal,
        string text,
        bool json,
        Action<JsonElement, TextWriter> print
    )
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            print(document.RootElement, json ? TextWriter.Null : Console.Out);
            if (json)
                await Console.Out.WriteLineAsync(text);
            return document.RootElement.Clone();
        }
        catch (Exception e)
            when (e is JsonException or KeyNotFoundException or InvalidOperationException or ArgumentOutOfRangeException
            )
        {
            await Console.Error.WriteLineAsync($"What answers at {portal.Url} is not this portal.");
            return null;
        }
    }

    private static string Text(JsonElement row, string member) => row.GetProperty(member).GetString()!;
}
