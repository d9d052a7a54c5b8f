using System.Collections.Immutable;
using System.Text;
using Holdfast.Core;
using Holdfast.Core.Topology;
using Holdfast.Engines.PostgreSql.Configuration;
using Holdfast.Engines.PostgreSql.Sessions;

namespace Holdfast.Engines.PostgreSql.Access;

/// <summary>Holdfast's roles inside PostgreSQL, each with no more than its task needs.</summary>
internal sealed class Roles(StoreSpec store, LocalSession control)
{
    public const string ReplicationCredential = "replication";
    public const string RewindCredential = "rewind";
    public const string HealthCredential = "health";

    private const string NoPowers = "LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOINHERIT NOBYPASSRLS";

    /// <summary>What <c>pg_rewind</c> calls on its source, and nothing else.</summary>
    private static readonly string[] RewindFunctions =
    [
        "pg_ls_dir(text, boolean, boolean)",
        "pg_stat_file(text, boolean)",
        "pg_read_binary_file(text)",
        "pg_read_binary_file(text, bigint, bigint, boolean)",
    ];

    /// <summary>
    /// Creates or corrects the roles. The commit does not wait for standbys: they cannot attach before these roles exist, so waiting would
    /// never end; and a role that a failover lost is made again by the next call.
    /// </summary>
    public async Task PrepareAsync(ImmutableDictionary<string, Secret> credentials, CancellationToken cancellationToken)
    {
        var rows = await control.RowsAsync(
            $"""
            SELECT rolname::text, rolpassword FROM pg_authid
            WHERE rolname IN ('{RoleNames.Replication}', '{RoleNames.Rewind}', '{RoleNames.Health}')
            """,
            cancellationToken);
        var stored = rows.ToDictionary(row => row[0]!, row => row[1], StringComparer.Ordinal);
        var peers = (store.Members.Count * 2) + 2;
        var sql = new StringBuilder("BEGIN; SET LOCAL synchronous_commit TO local;\n");
        Append(sql, RoleNames.Replication, "REPLICATION", credentials[ReplicationCredential], stored);
        Append(sql, RoleNames.Rewind, "NOREPLICATION", credentials[RewindCredential], stored);
        Append(sql, RoleNames.Health, $"NOREPLICATION CONNECTION LIMIT {peers}", credentials[HealthCredential], stored);
        foreach (var function in RewindFunctions)
        {
            sql.Append($"GRANT EXECUTE ON FUNCTION pg_catalog.{function} TO {RoleNames.Rewind};\n");
        }

        // Without a password: the operating system's word on the private socket is its only way in.
        sql.Append($"""
            DO $$ BEGIN
              IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{RoleNames.Reader}') THEN CREATE ROLE {RoleNames.Reader}; END IF;
              ALTER ROLE {RoleNames.Reader} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE INHERIT BYPASSRLS NOREPLICATION PASSWORD NULL;
              IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'pg_read_all_data') THEN GRANT pg_read_all_data TO {RoleNames.Reader}; END IF;
            END $$;

            """);
        sql.Append("COMMIT");
        await control.ExecuteAsync(sql.ToString(), cancellationToken);
    }

    private static void Append(StringBuilder sql, string role, string powers, Secret password, Dictionary<string, string?> stored)
    {
        var verb = stored.ContainsKey(role) ? "ALTER" : "CREATE";
        sql.Append($"{verb} ROLE {role} {NoPowers} {powers}");
        if (!ScramVerifier.Matches(stored.GetValueOrDefault(role), password))
        {
            sql.Append($" PASSWORD '{ScramVerifier.Create(password)}'");
        }

        sql.Append(";\n");
    }
}
