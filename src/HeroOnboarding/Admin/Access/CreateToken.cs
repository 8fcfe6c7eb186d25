using HeroOnboarding.Store;
using HeroOnboarding.Web;
using HeroOnboarding.Web.Requests;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Admin.Access;

/// <summary>A new token. The token itself is answered once and not stored.</summary>
/// <param name="Token">Absent when the same request is repeated: it was shown already.</param>
public sealed record NewToken(
    string Sid,
    string Name,
    IReadOnlyList<string> Scopes,
    DateTimeOffset ExpiresAt,
    string? Token
);

/// <summary>A revoked token.</summary>
public sealed record RevokedToken(string Sid, string Name, DateTimeOffset RevokedAt);

/// <summary>Creates and revokes machine tokens, for owners.</summary>
public sealed class CreateToken(UnitOfWorkRunner writer)
{
    /// <summary>The default and the longest lifetime of a token, in days.</summary>
    public const int Days = 90,
        MostDays = 730;

    internal const string Page = "/admin/tokens";

    public async Task<Outcome<Answered<NewToken>>> RunAsync(
        Actor actor,
        string name,
        IReadOnlyList<string> scopes,
        int days,
        IdempotencyKey? key,
        CancellationToken cancel = default
    )
    {
        // Outside the unit, whose answer is stored for repetitions and must not contain the token.
        var secret = MachineToken.NewSecret();
        var outcome = await writer.RunOnceAsync<NewToken>(
            "token.create",
            actor,
            key,
            unit => InUnitAsync(unit, name, scopes, days, Secrets.Hash(secret)),
            cancel
        );
        return outcome.IsRefused || outcome.Value.IsRepeat
            ? outcome
            : outcome.Value with
            {
                Value = outcome.Value.Value with { Token = secret },
            };
    }

    private static async Task<Outcome<NewToken>> InUnitAsync(
        Unit unit,
        string name,
        IReadOnlyList<string> scopes,
        int days,
        string hash
    )
    {
        var (sid, expires) = (unit.NewSid(), unit.Now.AddDays(days));
        var made = await unit.Db.Database.ExecuteSqlRawAsync(
            "INSERT INTO machine_tokens (sid, name, token_hash, scopes, created_at, created_by, expires_at) "
                + "VALUES ({0}, {1}, {2}, {3}, {4}, {5}, {6}) ON CONFLICT (name) DO NOTHING",
            sid,
            name,
            hash,
            string.Join(' ', scopes),
            Instants.ToMicros(unit.Now),
            unit.Actor.ToString(),
            Instants.ToMicros(expires)
        );
        if (made == 0)
            return AccessRefusals.TokenNameTaken;
        unit.Note(
            name,
            new
            {
                sid,
                scopes,
                days,
            }
        );
        return new NewToken(sid, name, scopes, expires, null);
    }

    /// <summary>Revokes a token. A repetition changes nothing and gets the same answer.</summary>
    public Task<Outcome<RevokedToken>> RevokeAsync(Actor actor, string? sid, CancellationToken cancel = default) =>
        writer.RunAsync<RevokedToken>(
            "token.revoke",
            actor,
            async unit =>
            {
                DateTimeOffset? now = unit.Now;
                var changed = await unit
                    .Db.MachineTokens.Where(t => t.Sid == sid && t.RevokedAt == null)
                    .ExecuteUpdateAsync(set =>
                        set.SetProperty(t => t.RevokedAt, now).SetProperty(t => t.RevokedBy, actor.ToString())
                    );
                if (
                    await unit.Db.MachineTokens.AsNoTracking().SingleOrDefaultAsync(t => t.Sid == sid)
                    is not { RevokedAt: { } at } token
                )
                    return Refusals.NotFound;
                unit.Note(token.Name, new { sid, again = changed == 0 });
                return new RevokedToken(token.Sid, token.Name, at);
            },
            cancel
        );

    internal static async Task<IResult> AnswerAsync(
        HttpContext http,
        KeyedRequest<CreateTokenRequest> request,
        CreateToken create
    )
    {
        var (name, days) = (request.Body.Name, request.Body.Days ?? Days);
        var scopes = TokenScopes.Parse(request.Body.Scopes, request.Body.NodeId);
        if (!TokenScopes.IsName(name) || scopes is null)
            return request.Refused(AccessRefusals.TokenIncomplete);
        var outcome = await create.RunAsync(http.Actor(), name, scopes, days, request.Key, http.RequestAborted);
        if (outcome.IsRefused || !request.IsForm)
            return request.Answer(outcome, _ => Page, 201);
        request.Repeats(outcome.Value);
        return new TokenShown(outcome.Value.Value);
    }

    internal static async Task<IResult> AnswerRevokedAsync(
        HttpContext http,
        Request<RevokeTokenRequest> request,
        CreateToken create
    )
    {
        var outcome = await create.RevokeAsync(http.Actor(), request.Body.TokenSid, http.RequestAborted);
        return request.Answer(outcome, Page, v => ("revoked", v.Name));
    }
}
