using HeroOnboarding.Configuration;
using Npgsql;

namespace HeroOnboarding.Store.Postgres;

/// <summary>Reads DATABASE_URL.</summary>
internal static class PostgresUrl
{
    /// <summary>
    /// Converts <c>postgres://user:password@host:port/database?sslmode=…</c> into Npgsql's keywords; Npgsql
    /// takes no URIs.
    /// </summary>
    /// <exception cref="SettingsException">The text is neither such a URI nor a connection string.</exception>
    public static NpgsqlConnectionStringBuilder Read(string url)
    {
        try
        {
            if (
                !url.StartsWith("postgres://", StringComparison.Ordinal)
                && !url.StartsWith("postgresql://", StringComparison.Ordinal)
            )
                return new NpgsqlConnectionStringBuilder(url);
            var uri = new Uri(url);
            var who = uri.UserInfo.Split(':', 2);
            var text = new NpgsqlConnectionStringBuilder
            {
                Host = uri.Host,
                Database = Uri.UnescapeDataString(uri.AbsolutePath.TrimStart('/')),
            };
            if (uri.Port > 0)
                text.Port = uri.Port;
            if (who[0].Length > 0)
                text.Username = Uri.UnescapeDataString(who[0]);
            if (who.Length == 2)
                text.Password = Uri.UnescapeDataString(who[1]);
            foreach (var (name, value) in Microsoft.AspNetCore.WebUtilities.QueryHelpers.ParseQuery(uri.Query))
                Set(text, name, value.ToString());
            if (string.IsNullOrEmpty(text.Host) || string.IsNullOrEmpty(text.Database))
                throw new SettingsException(
                    "DATABASE_URL names no host or no database; it must look like "
                        + "postgres://user:password@host:port/database."
                );
            return text;
        }
        catch (Exception e) when (e is UriFormatException or ArgumentException or FormatException)
        {
            throw new SettingsException(
                "DATABASE_URL is neither postgres://user:password@host:port/database nor a connection string that "
                    + "PostgreSQL's driver understands."
            );
        }
    }

    /// <summary>
    /// Translates PostgreSQL's own parameters (<c>sslmode=verify-full</c>, <c>connect_timeout</c>) into
    /// the driver's keywords.
    /// </summary>
    private static void Set(NpgsqlConnectionStringBuilder text, string name, string value)
    {
        var (word, plain) = name.ToLowerInvariant() switch
        {
            "sslmode" => ("SSL Mode", value.Replace("-", "", StringComparison.Ordinal)),
            "connect_timeout" => ("Timeout", value),
            "sslrootcert" => ("Root Certificate", value),
            var other => (other.Replace('_', ' '), value),
        };
        try
        {
            text[word] = plain;
        }
        catch (Exception e) when (e is ArgumentException or FormatException or InvalidCastException)
        {
            throw new SettingsException(
                $"DATABASE_URL has the parameter '{name}' with a name or value that PostgreSQL's driver does not "
                    + "understand."
            );
        }
    }
}
