using HeroOnboarding.Accounts;
using HeroOnboarding.Store;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Admin.Access;

/// <summary>
/// Finds the token in a header. It is looked up at every request, so a revocation takes effect immediately.
/// </summary>
public sealed class FindToken(Database database, TimeProvider clock, LastUse lastUse)
{
    /// <returns>Null for an unknown token; <c>token.over</c> when it has expired or was revoked.</returns>
    public async Task<Outcome<MachineToken>?> RunAsync(string sent, CancellationToken cancel = default)
    {
        if (sent.Length != MachineToken.Prefix.Length + Secrets.Length)
            return null;
        cancel.ThrowIfCancellationRequested();
        var (row, hash, now) = (RowMapper<MachineToken>.In(database), Secrets.Hash(sent), clock.Now());
        if (
            await database.ReadAsync($"SELECT {row.Columns} FROM machine_tokens WHERE token_hash = $1", row.Read, hash)
            is not { } token
        )
            return null;
        if (token.RevokedAt is not null || Instants.Expired(token.ExpiresAt, now))
            return (Outcome<MachineToken>)(
                AccessRefusals.TokenOver with
                {
                    Detail =
                        $"The token '{token.Name}' "
                        + $"{(token.RevokedAt is null ? "has expired" : "was taken back")}. "
                        + $"{AccessRefusals.TokenOver.Next}",
                }
            );
        lastUse.Note(
            "token.touch",
            token.Sid,
            token.LastUsedAt,
            now,
            (unit, before) =>
                unit
                    .Db.MachineTokens.Where(t => t.Sid == token.Sid && (t.LastUsedAt == null || t.LastUsedAt < before))
                    .ExecuteUpdateAsync(set => set.SetProperty(t => t.LastUsedAt, now))
        );
        return (Outcome<MachineToken>)token;
    }
}
