using System.ComponentModel;
using System.Diagnostics.CodeAnalysis;
using HeroOnboarding.Configuration;
using HeroOnboarding.Web;

namespace HeroOnboarding.Accounts.Mycelium;

/// <summary>Settings of the sign-in with a Mycelium address.</summary>
[Category("Sign-in")]
public sealed class MyceliumOptions : IFeatureOptions
{
    [ConfigurationKeyName("MYCELIUM_API_URL"), MyceliumApi]
    [Description(
        "API of the Mycelium daemon beside this portal, for sign-in by address: http://127.0.0.1:8989, or "
            + "unix:/path/of/its/socket. It has no password of its own, so nothing but loopback and sockets is "
            + "accepted."
    )]
    public MyceliumApi? Api { get; init; }

    [MemberNotNullWhen(true, nameof(Api))]
    public bool IsOn => Api is not null;

    public Feature Feature => new("mycelium_sign_in", IsOn, IsOn ? "Configured." : "MYCELIUM_API_URL is not set.");
}

/// <summary>The Mycelium daemon on this computer.</summary>
/// <param name="SocketPath">Null where it listens on loopback.</param>
public sealed record MyceliumApi(Uri BaseAddress, string? SocketPath);

/// <summary>
/// Accepts loopback and sockets only: the daemon has no authentication, so every client that reaches it acts
/// as the node.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class MyceliumApiAttribute : SettingConverterAttribute
{
    public override object? Convert(string name, string text, ICollection<string> mistakes)
    {
        if (text.StartsWith("unix:", StringComparison.Ordinal) && text["unix:".Length..] is ['/', ..] path)
            return new MyceliumApi(
                new Uri("http://localhost"),
                path.StartsWith("//", StringComparison.Ordinal) ? path[2..] : path
            );
        if (
            Uri.TryCreate(text, UriKind.Absolute, out var url)
            && url is { Scheme: "http", IsLoopback: true, UserInfo: "", AbsolutePath: "/", Query: "" }
        )
            return new MyceliumApi(url, null);
        mistakes.Add(
            $"{name} is '{text}'; it must be http://127.0.0.1:8989 or another loopback address without a path, or "
                + "unix:/path/of/the/socket."
        );
        return null;
    }
}
