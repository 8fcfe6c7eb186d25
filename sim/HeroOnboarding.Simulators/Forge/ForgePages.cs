using HeroOnboarding.Simulators.Web;
using OpenIddict.Abstractions;

namespace HeroOnboarding.Simulators.Forge;

/// <summary>The pages for users.</summary>
internal static class ForgePages
{
    /// <summary>Name of the form field that carries the chosen login.</summary>
    public const string SignInAs = "sign_in_as";

    /// <summary>Name of the form field that refuses, with any value.</summary>
    public const string Refuse = "refuse";

    public static IResult Choose(OpenIddictRequest request, IReadOnlyList<ForgeUser> users)
    {
        var kept = request
            .GetParameters()
            .Where(parameter => parameter.Key is not (SignInAs or Refuse))
            .Select(parameter =>
                $"<input type=\"hidden\" name=\"{Text(parameter.Key)}\" value=\"{Text((string?)parameter.Value)}\">"
            );
        var buttons = users.Select(user =>
            $"<button name=\"{SignInAs}\" value=\"{Text(user.Login)}\">Sign in as {Text(user.Login)}</button>"
        );
        return PlainPage.Result(
            "Sign in to the forge",
            $"""
            <p>The application <strong>{Text(request.ClientId)}</strong> wants to know who you are.</p>
            <form method="post" action="{ForgePaths.Authorize}">
            {string.Join('\n', kept)}
            {string.Join('\n', buttons)}
            <button class="quiet" name="{Refuse}" value="yes">Refuse</button>
            </form>
            <p class="dim">Simulator of a Forgejo server: no password is needed.
            <a href="{ForgePaths.SignOut}">Sign out</a></p>
            """
        );
    }

    public static IResult Home(ForgeUser? user) =>
        PlainPage.Result(
            "Forge",
            $"""
            <p>{(
                user is null
                    ? "Nobody is signed in here."
                    : $"You are signed in as <strong>{Text(user.Login)}</strong>."
            )}</p>
            <p><a href="{ForgePaths.SignOut}">Sign out</a></p>
            <p class="dim">Simulator of a Forgejo server.</p>
            """
        );

    public static IResult SignedOut() =>
        PlainPage.Result(
            "Signed out of the forge",
            """
            <p>The next application that sends you here will ask who you are.</p>
            <p><a href="/">Back to the forge</a></p>
            """
        );

    public static string Refused(OpenIddictResponse? response) =>
        PlainPage.Html(
            "The forge cannot accept this request",
            $"""
            <p>{Text(response?.ErrorDescription ?? "The request is malformed.")}</p>
            <p class="dim">Error code: <code>{Text(response?.Error)}</code></p>
            """
        );

    private static string Text(string? value) => PlainPage.Text(value);
}
