using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using Holdfast.FailoverBench.Clients;
using Holdfast.FailoverBench.Faults;
using Holdfast.Quickstart.Hosts;
using Holdfast.Quickstart.Layout;
using Holdfast.Quickstart.Processes;

namespace Holdfast.FailoverBench.Systems;

/// <summary>Three members of Redis, which acknowledge a write before a standby has it.</summary>
internal abstract class RedisSystem(Surroundings surroundings, string key, int round) : StoreSystem(surroundings, key, round)
{
    /// <summary>As whom the client logs in.</summary>
    protected const string User = "app";
    private const int KeysAtATime = 10_000;
    private static readonly TimeSpan AskDeadline = TimeSpan.FromSeconds(2);

    /// <summary>Of the client's user.</summary>
    protected string Password { get; } = RandomNumberGenerator.GetHexString(32, lowercase: true);

    /// <summary>How clients find the primary.</summary>
    protected virtual IPrimaryFinder Finder => field ??= new FinderByRole([.. Place.Members.Select(member => member.Port)], User, Password);

    /// <summary>Only a planned change of primary can spare all.</summary>
    public override bool MayLose(string fault) => fault != FaultKinds.Switchover;

    public override IWriteClient CreateClient() => new KeyClient(Finder, Surroundings.Time);

    public override IProbe CreateProbe(MemberPlace member) => new KeyProbe(member.Port, User, Password, Surroundings.Time);

    public override async Task ReadIdsAsync(Action<long> read, CancellationToken cancellationToken)
    {
        using var connection = await Finder.ConnectAsync(0, cancellationToken);
        var cursor = "0";
        do
        {
            var answer = await connection.CallAsync(cancellationToken, "SCAN", cursor, "MATCH", KeyClient.Prefix + "*", "COUNT", $"{KeysAtATime}");
            cursor = answer[0]!;
            foreach (var name in answer.Skip(1))
            {
                read(long.Parse(name.AsSpan(KeyClient.Prefix.Length), CultureInfo.InvariantCulture));
            }
        }
        while (cursor != "0");
    }

    public override async Task<long> CountProbesAsync(IReadOnlyCollection<long> ids, CancellationToken cancellationToken)
    {
        using var connection = await Finder.ConnectAsync(0, cancellationToken);
        var found = 0L;
        foreach (var id in ids)
        {
            found += await connection.AskAsync(cancellationToken, "EXISTS", $"{KeyProbe.Prefix}{id}") == "1" ? 1 : 0;
        }

        return found;
    }

    public override async Task<ImmutableSortedDictionary<string, string>> SettingsAsync(MemberPlace member, CancellationToken cancellationToken)
    {
        using var connection = await AdminAsync(member, cancellationToken);
        return await RedisSettings.ReadAsync(connection, cancellationToken);
    }

    /// <summary>As whoever governs the server.</summary>
    protected abstract Task<RedisConnection> AdminAsync(MemberPlace member, CancellationToken cancellationToken);

    public override ProcessIdentity? ServerOf(Host host)
    {
        try
        {
            return int.TryParse(File.ReadAllText(PidFile(host.Place)), NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out var pid) &&
                ProcessIdentity.Of(pid) is { } process && new FileInfo($"/proc/{pid}/cwd").LinkTarget == host.Place.Data ? process : null;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return null; // none has been started, or the number is another user's by now
        }
    }

    protected static string PidFile(MemberPlace member) => Path.Combine(member.SocketDirectory, "redis.pid");

    protected override async Task<MemberFacts?> AskAsync(MemberPlace member, Action<string> problem, CancellationToken cancellationToken) =>
        await ReplicationAsync(member, problem, cancellationToken) is { } fields ? RedisFacts.Of(fields) : null;

    protected Task<Dictionary<string, string>?> ReplicationAsync(MemberPlace member, Action<string> problem, CancellationToken cancellationToken) =>
        RedisFacts.ReplicationAsync(member.Port, User, Password, AskDeadline, problem, cancellationToken);
}
