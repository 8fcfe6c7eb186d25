using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;

namespace HeroOnboarding.Vms;

/// <summary>
/// The address of a machine: an IP address or a host name. Users copy it into a shell and programs build commands with
/// it, so it contains no character with a meaning in a shell.
/// </summary>
public static partial class MachineAddress
{
    /// <summary>The longest host name without the final dot (RFC 1035 section 2.3.4 in text form).</summary>
    private const int Longest = 253;

    /// <summary>
    /// True for an IPv4 address in four parts, an IPv6 address without zone (also in brackets), or a host name (RFC
    /// 1123) whose last label is not a number, so that no program reads it as a short form of an IPv4 address.
    /// </summary>
    public static bool IsValid(string text) =>
        text.Length <= Longest
        && (IPv4().IsMatch(text) ? IPAddress.TryParse(text, out _) : HostName().IsMatch(text) || IsIPv6(text));

    private static bool IsIPv6(string text)
    {
        var bare = text is ['[', .. var inner, ']'] ? inner : text;
        return bare.Length > 0
            && bare.All(c => char.IsAsciiHexDigit(c) || c is ':' or '.')
            && IPAddress.TryParse(bare, out var address)
            && address.AddressFamily == AddressFamily.InterNetworkV6;
    }

    [GeneratedRegex(@"\A(0|[1-9][0-9]{0,2})(\.(0|[1-9][0-9]{0,2})){3}\z")]
    private static partial Regex IPv4();

    [GeneratedRegex(
        @"\A([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)*(?![0-9]+\z)[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\z"
    )]
    private static partial Regex HostName();
}
