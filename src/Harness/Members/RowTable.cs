using System.Security.Cryptography;
using Npgsql;

namespace Holdfast.Harness.Members;

/// <summary>An application's role, database and table in a group.</summary>
public sealed class RowTable
{
    /// <summary>Of the role and of the database.</summary>
    public const string Name = "app";
    private static long _lastId;
    private readonly string _hosts;

    /// <param name="servers">Where the members serve, each as <c>address:port</c>.</param>
    internal RowTable(IEnumerable<string> servers) => _hosts = string.Join(',', servers);

    internal string Password { get; } = RandomNumberGenerator.GetHexString(32, lowercase: true);

    /// <summary>An id that no row has yet, in any table.</summary>
    public static long NextId() => Interlocked.Increment(ref _lastId);

    /// <summary>All hosts, and the wish for the one that takes writes: an ordinary multi-host connection.</summary>
    public string ConnectionString => new NpgsqlConnectionStringBuilder
    {
        Host = _hosts,
        Username = Name,
        Database = Name,
        Password = Password,
        TargetSessionAttributes = _hosts.Contains(',') ? "read-write" : null,
        HostRecheckSeconds = 0,
        LoadBalanceHosts = true,
        Pooling = false,
        Timeout = 1,
        CommandTimeout = 60,
        CancellationTimeout = -1,
    }.ConnectionString;

    /// <summary>Creates role and database through the primary's socket, then the table, as the application.</summary>
    public async Task CreateAsync(MemberHost primary)
    {
        await primary.AskAsync<string>($"create role {Name} login password '{Password}'; select ''");
        await ExecuteAsSuperuserAsync(primary, $"create database {Name} owner {Name}");
        await Eventually.TrueAsync(TryCreateTableAsync, TimeSpan.FromSeconds(20), () => $"the table cannot be made at {_hosts}");
    }

    /// <summary>Every id that the present primary has.</summary>
    public async Task<HashSet<long>> IdsAsync()
    {
        await using var connection = new NpgsqlConnection(ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand("select id from writes", connection);
        await using var reader = await command.ExecuteReaderAsync();
        var ids = new HashSet<long>();
        while (await reader.ReadAsync())
        {
            ids.Add(reader.GetInt64(0));
        }

        return ids;
    }

    private static async Task ExecuteAsSuperuserAsync(MemberHost primary, string sql) => await primary.AskAsync<object>(sql);

    private async Task<bool> TryCreateTableAsync()
    {
        try
        {
            await using var connection = new NpgsqlConnection(ConnectionString);
            await connection.OpenAsync();
            await using var command = new NpgsqlCommand("create table if not exists writes (id bigint primary key, filler text)", connection);
            await command.ExecuteNonQueryAsync();
            return true;
        }
        catch (NpgsqlException)
        {
            return false; // no primary admits clients yet
        }
    }
}
