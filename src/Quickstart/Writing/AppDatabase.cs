using System.Security.Cryptography;
using Holdfast.Quickstart.Layout;
using Npgsql;

namespace Holdfast.Quickstart.Writing;

/// <summary>The writer's role, database and table, and how to reach them.</summary>
/// <param name="entry">Where the writer connects, as <c>host:port</c>, several with commas; null: to the members themselves.</param>
internal sealed class AppDatabase(Place place, string? entry = null)
{
    /// <summary>Of the role and of the database.</summary>
    public const string Name = "app";
    private const int DeadlineSeconds = 10;
    private readonly string _password = RandomNumberGenerator.GetHexString(32, lowercase: true);

    /// <summary>What any application would use: all hosts, and the wish for the one that takes writes.</summary>
    public string ConnectionString
    {
        get
        {
            var builder = OrdinaryConnection(entry ?? string.Join(",", place.Members.Select(member => member.Address)));
            builder.Password = _password;
            if (!builder.Host!.Contains(',', StringComparison.Ordinal))
            {
                builder.TargetSessionAttributes = "any"; // Npgsql has no choice among one, and says so
            }

            return builder.ConnectionString;
        }
    }

    /// <summary>
    /// Multi-host settings. Npgsql remembers for a while what a host was; with a recheck after 0 s it looks anew each time, and
    /// balancing makes it begin with another host each time, so that one that hangs does not stand before the others for ever.
    /// </summary>
    internal static NpgsqlConnectionStringBuilder OrdinaryConnection(string hosts) => new()
    {
        Host = hosts,
        Username = Name,
        Database = Name,
        TargetSessionAttributes = "read-write",
        Pooling = false,
        HostRecheckSeconds = 0,
        LoadBalanceHosts = true,
        Timeout = 1,
        CommandTimeout = DeadlineSeconds,
        CancellationTimeout = -1,
        ApplicationName = "quickstart",
    };

    /// <summary>Creates role and database on the primary, through its private socket, as the server's own user.</summary>
    /// <exception cref="QuickstartException">The primary refuses.</exception>
    public async Task CreateAsync(MemberPlace primary, CancellationToken cancellationToken)
    {
        var builder = new NpgsqlConnectionStringBuilder
        {
            Host = primary.SocketDirectory,
            Port = primary.Port,
            Username = "postgres",
            Database = "postgres",
            Pooling = false,
            Timeout = DeadlineSeconds,
            CommandTimeout = DeadlineSeconds,
        };
        try
        {
            await using var connection = new NpgsqlConnection(builder.ConnectionString);
            await connection.OpenAsync(cancellationToken);
            // A failed statement would be written to the server's log, and this one holds a password.
            await ExecuteAsync(connection, "set log_min_error_statement = panic", cancellationToken);
            await ExecuteAsync(connection, "set password_encryption = 'scram-sha-256'", cancellationToken);
            await ExecuteAsync(connection, $"create role {Name} login password '{_password}'", cancellationToken);
            await ExecuteAsync(connection, $"create database {Name} owner {Name}", cancellationToken);
        }
        catch (NpgsqlException fault)
        {
            throw new QuickstartException(
                $"cannot prepare the writer's database through the socket in {primary.SocketDirectory}: {fault.Message}" +
                $"; see the server's log there", fault);
        }
    }

    /// <summary>Creates the writer's table, as the writer itself.</summary>
    public async Task CreateTableAsync(CancellationToken cancellationToken)
    {
        await using var connection = new NpgsqlConnection(ConnectionString);
        await connection.OpenAsync(cancellationToken);
        await ExecuteAsync(
            connection, "create table writes (id bigint primary key, at timestamptz not null default now())", cancellationToken);
    }

    /// <summary>Every id that the present primary has, one after another.</summary>
    public async Task ReadIdsAsync(Action<long> read, CancellationToken cancellationToken)
    {
        await using var connection = new NpgsqlConnection(ConnectionString);
        await connection.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand("select id from writes", connection) { CommandTimeout = 60 };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            read(reader.GetInt64(0));
        }
    }

    /// <summary>Writes the password file for <c>--keep</c>, in the form that psql and other clients take.</summary>
    public void WritePasswordFile() => SystemFile.WritePrivate(place.PasswordFile, $"*:*:{Name}:{Name}:{_password}\n");

    private static async Task ExecuteAsync(NpgsqlConnection connection, string statement, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(statement, connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
