using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using HeroOnboarding.Vms;

namespace HeroOnboarding.Pool;

/// <summary>A parsed pool text.</summary>
/// <param name="Malformed">The text is not JSON of the right shape; otherwise <paramref name="Errors"/> names
/// every invalid entry.</param>
/// <param name="NearMisses">Unknown member names that resemble known ones; ignored, but shown in the preview.</param>
public sealed record PoolText(
    IReadOnlyList<PoolEntry> Entries,
    bool Malformed,
    IReadOnlyList<string> Errors,
    IReadOnlyList<string> NearMisses
);

/// <summary>
/// Parses the pool: a bare array or <c>{"pool":[…]}</c>, as in <c>VM_POOL_JSON</c> and <c>POST /admin/pool-refresh</c>.
/// Unknown members are ignored; wrong types and duplicate ids refuse the whole text.
/// </summary>
public static partial class PoolJson
{
    private static readonly string[] Members =
    [
        "id",
        "status",
        "cockpit_url",
        "address",
        "mycelium_ip",
        "ssh_user",
        "ssh_port",
        "node",
        "labels",
        "wiped_lease",
    ];

    public static PoolText Parse(string json, bool development) => Parse(Encoding.UTF8.GetBytes(json), development);

    public static PoolText Parse(ReadOnlyMemory<byte> json, bool development)
    {
        try
        {
            using var document = JsonDocument.Parse(
                json,
                new JsonDocumentOptions { MaxDepth = 16, AllowDuplicateProperties = false }
            );
            var list = document.RootElement;
            if (list.ValueKind == JsonValueKind.Object && list.TryGetProperty("pool", out var inner))
                list = inner;
            return list.ValueKind == JsonValueKind.Array
                ? new Reader(development).Read(list)
                : new([], true, ["It must be an array of machines or {\"pool\": [machines]}."], []);
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException)
        {
            return new([], true, ["A text in it is not valid Unicode."], []);
        }
        catch (JsonException e)
        {
            return new(
                [],
                true,
                [
                    $"It is not well-formed JSON (line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}); each "
                        + "member may stand only once.",
                ],
                []
            );
        }
        catch (InvalidOperationException)
        {
            return new([], true, ["It has text that is not valid Unicode."], []);
        }
    }

    [GeneratedRegex("^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$")]
    private static partial Regex Id();

    [GeneratedRegex("^[a-z_][a-z0-9_-]{0,31}$")]
    private static partial Regex SshUser();

    /// <summary>
    /// True for a link that is safe to show to customers: absolute http(s), no userinfo or control characters, at most
    /// 2,048 characters, https outside development.
    /// </summary>
    public static bool IsSafeUrl(string url, bool development) =>
        url.Length <= 2048
        && !url.Any(c => SafeText.IsUnwanted(c) || char.IsWhiteSpace(c) || c == '\\')
        && Uri.TryCreate(url, UriKind.Absolute, out var uri)
        && (uri.Scheme == "https" || (development && uri.Scheme == "http"))
        && url.StartsWith(uri.Scheme + "://", StringComparison.OrdinalIgnoreCase)
        && IsPlainHost(url[(uri.Scheme.Length + 3)..]);

    /// <summary>
    /// True when the host is not preceded by a user name, not even an empty one, so that readers see the real host.
    /// </summary>
    private static bool IsPlainHost(string rest)
    {
        var end = rest.IndexOfAny(['/', '?', '#']);
        var authority = end < 0 ? rest : rest[..end];
        return authority.Length > 0 && !authority.Contains('@', StringComparison.Ordinal);
    }

    private sealed class Reader(bool development)
    {
        private const int MostErrors = 1000;
        private readonly List<PoolEntry> entries = [];
        private readonly List<string> errors = [];
        private readonly HashSet<string> ids = new(StringComparer.Ordinal);
        private readonly SortedSet<string> nearMisses = new(StringComparer.Ordinal);
        private string where = "";
        private JsonElement machine;

        public PoolText Read(JsonElement list)
        {
            var index = 0;
            foreach (var element in list.EnumerateArray())
            {
                if (errors.Count >= MostErrors)
                {
                    errors.Add($"Reading stopped after {MostErrors} mistakes.");
                    break;
                }
                (where, machine) = ($"Entry {++index}", element);
                if (element.ValueKind == JsonValueKind.Object)
                    ReadMachine();
                else
                    Error("must be an object");
            }
            return new(entries, false, errors, [.. nearMisses]);
        }

        private void ReadMachine()
        {
            var id = Text("id", 64, required: true);
            if (id is not null)
            {
                where += $" ('{Printable(id)}')";
                if (!Id().IsMatch(id))
                    Error("'id' must be 1 to 64 letters, digits or . _ : - and start with a letter or digit");
                else if (!ids.Add(id))
                    Error("this 'id' is there twice");
            }
            var status = (Text("status", 32) ?? "available").ToLowerInvariant();
            if (status is not ("available" or "maintenance"))
                Error("'status' must be 'available' or 'maintenance'");
            foreach (var property in machine.EnumerateObject())
                if (
                    !Members.Contains(property.Name, StringComparer.Ordinal) && Members.Any(m => Near(m, property.Name))
                )
                    nearMisses.Add(Printable(property.Name));
            entries.Add(
                new PoolEntry
                {
                    RefreshSid = "",
                    Id = id ?? "",
                    Status = status == "maintenance" ? PoolStatus.Maintenance : PoolStatus.Available,
                    Address = Address(),
                    MyceliumIp = MyceliumIp(),
                    SshUser = Checked(Text("ssh_user", 32), SshUser(), "'ssh_user' must be a Unix user name"),
                    SshPort = (int?)Number("ssh_port", 1, 65535),
                    CockpitUrl = CockpitUrl(),
                    Node = Text("node", 128),
                    Labels = Labels(),
                    WipedLease = Number("wiped_lease", 0, long.MaxValue),
                }
            );
        }

        private string? Text(string name, int most, bool required = false)
        {
            if (!machine.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null)
            {
                if (required)
                    Error($"'{name}' is missing");
                return null;
            }
            if (value.ValueKind != JsonValueKind.String)
                return Error($"'{name}' must be a string");
            var text = value.GetString()!;
            if (text.Any(SafeText.IsUnwanted))
                return Error($"'{name}' has control or direction characters");
            if (text.Length > most)
                return Error($"'{name}' is longer than {most} characters");
            if (text.Length == 0 && required)
                return Error($"'{name}' is empty");
            return text.Length == 0 ? null : text;
        }

        private long? Number(string name, long least, long most)
        {
            if (!machine.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null)
                return null;
            if (
                value.ValueKind == JsonValueKind.Number
                && value.TryGetInt64(out var number)
                && number >= least
                && number <= most
            )
                return number;
            Error(
                most == long.MaxValue
                    ? $"'{name}' must be a whole number from {least}"
                    : $"'{name}' must be a whole number from {least} to {most}"
            );
            return null;
        }

        private string? Address()
        {
            var text = Text("address", 255);
            return text is null || MachineAddress.IsValid(text)
                ? text
                : Error("'address' must be an IP address or a host name");
        }

        private string? MyceliumIp()
        {
            var text = Text("mycelium_ip", 64);
            return
                text is null
                || (
                    System.Net.IPAddress.TryParse(text, out var ip)
                    && ip.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6
                    && text.IndexOfAny(['%', '[']) < 0
                )
                ? text
                : Error("'mycelium_ip' must be an IPv6 address");
        }

        private string? CockpitUrl()
        {
            var text = Text("cockpit_url", 2048);
            // A name may be cleaned; an address from which characters were removed would be another address.
            return
                text is null || (text == machine.GetProperty("cockpit_url").GetString() && IsSafeUrl(text, development))
                ? text
                : Error(
                    development
                        ? "'cockpit_url' must be an http or https address without user name"
                        : "'cockpit_url' must be an https address without user name"
                );
        }

        private string? Labels()
        {
            if (!machine.TryGetProperty("labels", out var value) || value.ValueKind == JsonValueKind.Null)
                return null;
            if (value.ValueKind is not (JsonValueKind.Object or JsonValueKind.Array))
                return Error("'labels' must be an object or an array");
            var text = SafeText.Clean(JsonSerializer.Serialize(value));
            return text.Length <= 4096 ? text : Error("'labels' is longer than 4096 characters");
        }

        private string? Checked(string? text, Regex form, string error) =>
            text is null || form.IsMatch(text) ? text : Error(error);

        private string? Error(string what)
        {
            errors.Add($"{where}: {what}.");
            return null;
        }

        private static bool Near(string member, string name)
        {
            static string Bare(string s) =>
                s.Replace("_", "", StringComparison.Ordinal)
                    .Replace("-", "", StringComparison.Ordinal)
                    .ToLowerInvariant();
            var (a, b) = (Bare(member), Bare(name));
            return a == b
                || (
                    a.Length > 3
                    && (
                        b == a + "s"
                        || a == b + "s"
                        || b.StartsWith(a, StringComparison.Ordinal)
                        || a.StartsWith(b, StringComparison.Ordinal) && b.Length > 3
                    )
                );
        }

        private static string Printable(string text) => SafeText.Clean(text.Length > 64 ? text[..64] + "…" : text);
    }
}
