using System.Collections.Immutable;
using Holdfast.FailoverBench.Clients;
using Holdfast.Quickstart.Hosts;
using Holdfast.Quickstart.Layout;
using Holdfast.Quickstart.Processes;
using Holdfast.Quickstart.Writing;
using Npgsql;

namespace Holdfast.FailoverBench.Systems;

/// <summary>Three members of PostgreSQL, set so that no acknowledged commit is lost, and the database that the client uses.</summary>
internal abstract class DatabaseSystem(Surroundings surroundings, string key, int round) : StoreSystem(surroundings, key, round)
{
    private static readonly TimeSpan AskDeadline = TimeSpan.FromSeconds(2);

    public AppDatabase Database => field ??= new AppDatabase(Place, Entry);

    /// <summary>Where the writer connects when not to the members themselves.</summary>
    protected virtual string? Entry => null;

    public override IWriteClient CreateClient() => new RowClient(Database.ConnectionString, Surroundings.Time);

    public override IProbe CreateProbe(MemberPlace member) => new RowProbe(ConnectionTo(member));

    public override Task ReadIdsAsync(Action<long> read, CancellationToken cancellationToken) => Database.ReadIdsAsync(read, cancellationToken);

    public override async Task<long> CountProbesAsync(IReadOnlyCollection<long> ids, CancellationToken cancellationToken)
    {
        await using var connection = new NpgsqlConnection(Database.ConnectionString);
        await connection.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand("select count(*) from probe where id = any($1)", connection)
        {
            Parameters = { new NpgsqlParameter<long[]> { TypedValue = [.. ids] } },
        };
        return (long)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    public override async Task<ImmutableSortedDictionary<string, string>> SettingsAsync(MemberPlace member, CancellationToken cancellationToken)
    {
        await using var connection = new NpgsqlConnection(ConnectionTo(member));
        await connection.OpenAsync(cancellationToken);
        return await CommonSettings.ReadAsync(connection, cancellationToken);
    }

    public override ProcessIdentity? ServerOf(Host host) => host.Server;

    public override bool MayLose(string fault) => false;

    protected override Task<MemberFacts?> AskAsync(MemberPlace member, Action<string> problem, CancellationToken cancellationToken) =>
        RowFacts.AskAsync(ConnectionTo(member), AskDeadline, problem, Surroundings.Time, cancellationToken);

    /// <summary>As the writer's role, to this member and no other, whatever its part.</summary>
    public string ConnectionTo(MemberPlace member) => new NpgsqlConnectionStringBuilder(Database.ConnectionString)
    {
        Host = member.Address,
        TargetSessionAttributes = "any",
        LoadBalanceHosts = false,
    }.ConnectionString;

    protected override async Task PrepareAsync(CancellationToken cancellationToken)
    {
        Database.WritePasswordFile();
        var primary = Place.Members[0];
        await Database.CreateAsync(primary, cancellationToken);
        var admin = new NpgsqlConnectionStringBuilder
        {
            Host = primary.SocketDirectory,
            Port = primary.Port,
            Username = "postgres",
            Database = "postgres",
            Pooling = false,
            Timeout = 10,
        };
        await using (var connection = new NpgsqlConnection(admin.ConnectionString))
        {
            await connection.OpenAsync(cancellationToken);
            await using var grant = new NpgsqlCommand($"grant pg_monitor to {AppDatabase.Name}", connection);
            await grant.ExecuteNonQueryAsync(cancellationToken);
        }

        await using var app = new NpgsqlConnection(ConnectionTo(primary));
        await app.OpenAsync(cancellationToken);
        await using var create = new NpgsqlCommand(
            "create table writes (id bigint primary key, at timestamptz not null default now()); create table probe (id bigint primary key)", app);
        await create.ExecuteNonQueryAsync(cancellationToken);
    }
}
