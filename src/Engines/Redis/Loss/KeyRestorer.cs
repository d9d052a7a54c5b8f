using System.Collections.Immutable;
using System.Net.Sockets;
using System.Text.Json;
using Holdfast.Core;
using Holdfast.Core.Loss;
using Holdfast.Core.Topology;
using Holdfast.Engines.Hosting;
using Holdfast.Engines.Loss;
using Holdfast.Engines.Redis.Configuration;
using Holdfast.Engines.Redis.Files;
using Holdfast.Engines.Redis.Protocol;

namespace Holdfast.Engines.Redis.Loss;

/// <summary>The passwords that bringing keys back needs.</summary>
internal sealed record RestorePasswords(Secret Reader, Secret Restorer, Secret Replication);

/// <summary>
/// Brings keys of what was salvaged back to the present primary, under a user of its own, which may do nothing else. It goes by the keys that were found to
/// differ when the report was made, and writes those only that the primary lacked then and lacks still.
/// </summary>
internal sealed class KeyRestorer(
    StoreSpec store, MemberSpec self, Layout layout, SalvageServer salvaged, PresentPrimary primaries, TimeProvider time, Action<string> log)
{
    private static readonly TimeSpan PrimaryLimit = TimeSpan.FromSeconds(10);

    /// <param name="timeline">The newest that is known here: a primary of an older one was deposed.</param>
    public async Task<LossRestored> RunAsync(
        string id, bool dryRun, uint timeline, RestorePasswords passwords, IProgress<JobProgress> progress, CancellationToken cancellationToken)
    {
        var directory = Path.Combine(layout.SalvageDirectory, id);
        var report = Find(id, directory);
        var fromSnapshot = LostKeys.BeginWithSnapshot(directory) ?? throw new EngineException(
            $"report {id} does not tell which keys the present primary lacked, so none can be brought back: what was salvaged is whole in {directory}");
        using var primary = await primaries.FindAsync(store.Members.Values, timeline, passwords.Reader, PrimaryLimit, cancellationToken);
        using var writer = dryRun ? null : await LogInAsync(primary.Member, passwords.Restorer, cancellationToken);
        progress.Report(new JobProgress("reading what was salvaged"));
        var done = await salvaged.ReadAsync(directory, fromSnapshot, passwords.Replication, async old =>
        {
            var work = new KeyRestore(old, primary, writer, time, progress);
            await work.RunAsync(LostKeys.ReadAsync(directory, cancellationToken), report.Changes, cancellationToken);
            return work;
        }, cancellationToken);
        var problem = done.Problem ?? (dryRun ? null : await DoubtAsync(primary, passwords.Reader, cancellationToken));
        log($"{(dryRun ? "would bring" : "brought")} {done.Restored.Tally.Count} keys of {id} back to {primary.Member.Name}: " +
            $"{done.Same.Tally.Count + done.Other.Tally.Count} are there, {done.Failed.Tally.Count} failed{(problem is null ? "" : $"; {problem}")}");
        return new LossRestored
        {
            Report = id,
            Store = store.Name,
            Member = self.Name,
            Primary = primary.Member.Name,
            IsDryRun = dryRun,
            Restored = done.Restored.Tally,
            Same = done.Same.Tally,
            Other = done.Other.Tally,
            Removed = done.Removed.Tally,
            Expired = done.Expired.Tally,
            Failed = done.Failed.Tally,
            Problem = problem,
        };
    }

    private LossReport Find(string id, string directory)
    {
        var report = LossFiles.All(layout.SalvageDirectory).Find(one => one.Id == id) ?? throw new EngineException($"there is no report {id} at {self.Name}");
        return report.IsDecoded ? report : throw new EngineException(
            $"what report {id} is about was never compared with the present primary, so no key can be brought back: it is whole in {directory}");
    }

    private static async Task<RespConnection> LogInAsync(MemberSpec primary, Secret password, CancellationToken cancellationToken)
    {
        RespConnection? connection = null;
        try
        {
            connection = await RespConnection.ConnectAsync(primary.Address.Host, primary.Address.Port, cancellationToken, KeyText.Raw);
            await connection.CallAsync(cancellationToken, "AUTH", Users.Restorer, password.Reveal());
            return connection;
        }
        catch (Exception exception) when (exception is IOException or SocketException or RespErrorException)
        {
            connection?.Dispose();
            throw new EngineException(exception is RespErrorException
                ? $"{primary.Name} takes no keys back now ({exception.Message}): it moves, its clients are kept out, or its agent is of an older version"
                : $"{primary.Name} does not answer: {exception.Message}", exception)
            { IsPassing = true };
        }
    }

    /// <summary>A primary that was deposed on the way may have taken keys that its successor lacks.</summary>
    private async Task<string?> DoubtAsync(FoundPrimary primary, Secret reader, CancellationToken cancellationToken)
    {
        try
        {
            using var now = await primaries.FindAsync(store.Members.Values, primary.Timeline, reader, PrimaryLimit, cancellationToken);
            return now.Member.Name == primary.Member.Name && now.Timeline == primary.Timeline ? null
                : KeyRestore.Again($"{now.Member.Name} has taken over from {primary.Member.Name} meanwhile: what was brought back may be missing there");
        }
        catch (EngineException exception)
        {
            return KeyRestore.Again($"{exception.Message} any more: what was brought back may be missing at the next");
        }
    }
}

/// <summary>Keys of one kind: how many, and the first few.</summary>
internal sealed class KeyCount
{
    private const int Named = 10;
    private readonly List<NamedKey> _first = [];
    private long _count;

    public KeyTally Tally => new(_count, [.. _first]);

    public void Add(LostKey key, string? why = null)
    {
        if (_count++ < Named)
        {
            _first.Add(new NamedKey(key.Database, key.Key, why));
        }
    }
}
