using System.Text;

namespace HeroOnboarding.Tests.Web;

/// <summary>Well-formed and spoiled request bodies of any route.</summary>
internal static class BadBodies
{
    /// <summary>Bodies that are not the JSON object that the route expects.</summary>
    public static IEnumerable<byte[]> NotJsonObjects(Route route)
    {
        var member = route.Members.Count > 0 ? route.Members[0] : "id";
        string[] texts =
        [
            "{",
            "}",
            "{]",
            "null",
            "5",
            "\"x\"",
            "true",
            "NaN",
            "{} x",
            "{}{}",
            "{'a':1}",
            "{a:1}",
            "{\"a\":1,}",
            "{\"a\":01}",
            "// c\n{}",
            "\ufeff{}",
            "{\"a\":\"\n\"}",
            "{\"a\":\"\\x\"}",
            $"{{\"{member}\":\"x\",\"{member}\":\"x\"}}",
            "{\"a\":" + new string('[', 16) + new string(']', 16) + "}",
            new string('[', 5000),
            "{\"\\ud800\":1}",
            "\0",
            "{\"a\":\"\0\"}",
        ];
        string[] more = route.TakesPools
            ?
            [
                "{}",
                "{\"pool\":{}}",
                "[[]]",
                "[null]",
                "[{\"id\":\"a\\ud800\"}]",
                "[{\"id\":\"a\",\"labels\":{\"x\":\"\\ud800\"}}]",
                "[{\"id\":\"a\",\"\\ud800\":1}]",
            ]
            : ["[]", "[{}]"];
        foreach (var text in texts.Concat(more))
            yield return Encoding.UTF8.GetBytes(text);
        yield return [0xff, 0xfe, 0x7b, 0x00, 0x7d, 0x00];
        yield return [.. "{\""u8, .. Encoding.UTF8.GetBytes(member), .. "\":\""u8, 0xff, 0xc0, 0x80, .. "\"}"u8];
        yield return [.. "[{\"id\":\""u8, 0xff, .. "\"}]"u8];
        yield return [.. "{\"a\":\""u8, 0xed, 0xa0, 0x80, .. "\"}"u8];
    }

    /// <summary>
    /// A body that is well formed but names nothing that exists; <paramref name="member"/> gets another value.
    /// </summary>
    public static string Valid(Route route, string? member = null, string? value = null)
    {
        if (route.TakesPools)
            return """[{"id":"a","status":"broken","ssh_port":0,"address":5},"""
                + """{"id":"a","cockpit_url":"ftp://x","labels":"none"}]""";
        var members = route.Members.Select(m =>
            $"\"{m}\":{(m == member ? value : m switch
        {
            "amount_cents" => "500",
            "lease_number" => "1",
            "start_now" or "lift_quarantine" => "true",
            "action" => "\"maintenance\"",
            "machines" => "\"vm-none:1 vm-never:2\"",
            "status" => "\"maintenance\"",
            "plan_id" => "\"vms-none\"",
            "ssh_public_key" => "null",
            "reason" => "\"a good reason\"",
            _ => $"\"{Names.NewSid(DateTimeOffset.UnixEpoch)}\"",
        })}"
        );
        return "{" + string.Join(',', members) + "}";
    }

    /// <summary>The text with one to three random changes of its bytes.</summary>
    public static byte[] Spoil(Random random, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text).ToList();
        for (var times = random.Next(1, 4); times > 0; times--)
        {
            var at = random.Next(bytes.Count);
            var length = Math.Min(random.Next(1, 12), bytes.Count - at);
            switch (random.Next(5))
            {
                case 0:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 1:
                    bytes.Insert(at, (byte)random.Next(256));
                    break;
                case 2 when bytes.Count > length:
                    bytes.RemoveRange(at, length);
                    break;
                case 3:
                    bytes.InsertRange(at, bytes.GetRange(at, length));
                    break;
                default:
                    bytes.InsertRange(
                        at,
                        Encoding.UTF8.GetBytes(
                            new[]
                            {
                                "\"",
                                "\\u0000",
                                "\\ud800",
                                "{",
                                "[",
                                "]",
                                ",",
                                ":",
                                "null",
                                "-",
                                "e99",
                                "\0",
                                "\u202e",
                                "\\",
                            }[random.Next(14)]
                        )
                    );
                    break;
            }
        }
        return [.. bytes];
    }
}
