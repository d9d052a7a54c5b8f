using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using Holdfast.Core.Backup;
using Holdfast.Core.Failover;
using Holdfast.Core.Topology;
using Holdfast.Engines.Backup;
using Holdfast.Engines.PostgreSql.Files;
using Holdfast.Engines.PostgreSql.Observation;
using Holdfast.Engines.PostgreSql.Server;
using Npgsql;

namespace Holdfast.Engines.PostgreSql.Backup;

/// <summary>
/// Restores a store into a scratch directory, checks the copy, and removes it. It needs no agent: the repository, which is only read, PostgreSQL and
/// pgBackRest on this host.
/// </summary>
/// <param name="caller">Who makes it: leftovers of the same caller are removed.</param>
/// <param name="live">A member on this host, to compare with; null: none.</param>
public sealed class RestoreTester(StoreSpec store, string site, string caller, MemberSpec? live, TimeProvider time)
{
    private const long Spare = 256L << 20;
    private const string Latest = "latest";
    private readonly PostgreSqlSpec _spec = store.Engine as PostgreSqlSpec
        ?? throw new EngineException($"store {store.Name} is not of PostgreSQL");

    private string Owner => $"{store.Name} at {site}, by {caller}";

    public Task RemoveLeftoversAsync(RestoreTestSpec spec, CancellationToken cancellationToken) =>
        ScratchPlace.RemoveLeftoversAsync(spec.Directory, Owner, _spec, time, cancellationToken);

    /// <exception cref="EngineException">It could not be made: no room, no repository, or what was there could not be removed.</exception>
    public async Task<ImmutableArray<RestoredMoment>> RunAsync(
        RestoreTestOrder order, IProgress<BackupProgress> progress, CancellationToken cancellationToken)
    {
        await RemoveLeftoversAsync(order.Spec, cancellationToken);
        if (order.ToTime is { } moment)
        {
            var name = $"{moment.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC";
            return [(await OneAsync(order, "t", new RestoreTarget.Time(moment), name, progress, cancellationToken)).Moment];
        }

        var (latest, known) = await OneAsync(order, "l", new RestoreTarget.Latest(), Latest, progress, cancellationToken);
        if (known is not var (restorable, pieceBytes))
        {
            return [latest];
        }

        if (RestoreTestAim.Choose(restorable, pieceBytes, order.Seed) is not { } past)
        {
            return [latest];
        }

        var (second, _) = await OneAsync(order, "p", new RestoreTarget.Place(past), past.ToString(), progress, cancellationToken);
        return [latest, second];
    }

    private async Task<(RestoredMoment Moment, (Restorable Restorable, ulong PieceBytes)? Known)> OneAsync(
        RestoreTestOrder order, string kind, RestoreTarget target, string name, IProgress<BackupProgress> progress, CancellationToken cancellationToken)
    {
        var checks = new CheckList(time);
        var place = ScratchPlace.Make(order.Spec.Directory, Owner, order.Id + kind, _spec, time);
        try
        {
            var binaries = new Binaries(_spec, ScratchPlace.CopyLayout(place.Data));
            var server = new ScratchServer(place.Data, binaries, time);
            var shown = new Shown(progress, name);
            var (needed, problem) = await NewestAsync(place.Data, cancellationToken);
            RequireRoom(order.Spec.Directory, needed);
            if (!await checks.RunAsync(RestoreCheckNames.Restore, async () =>
            {
                if (problem is not null)
                {
                    return CheckOutcome.Failed.With(problem);
                }

                await new PointInTimeRestore(store, site, place.Data) { Options = RepositoryScanner.Options, EndsAnywhere = true }
                    .RunAsync(target, shown, cancellationToken);
                return CheckOutcome.Passed.With(Amount(server.Bytes()));
            }))
            {
                return (new RestoredMoment(name, null, null, null, checks.Done), null);
            }

            var bytes = server.Bytes();
            shown.Say("replaying its log");
            if (!await checks.RunAsync(RestoreCheckNames.Recovery, async () =>
            {
                await server.StartAsync(cancellationToken);
                var (reached, last) = server.Recovered();
                return CheckOutcome.Passed.With($"up to {reached ?? "its end"}{(last is null ? "" : $", last commit {last}")}");
            }))
            {
                return (new RestoredMoment(name, bytes, null, null, checks.Done), null);
            }

            var (end, commit) = server.Recovered();
            (Restorable, ulong)? known = null;
            if (target is RestoreTarget.Latest)
            {
                shown.Say("looking through the archive");
                var pieceBytes = (ulong)(await ControlFile.ReadAsync(ScratchPlace.CopyLayout(place.Data), binaries, cancellationToken)).SegmentBytes;
                await checks.RunAsync("archive", async () =>
                {
                    var restorable = await RestorableAsync(place.Data, pieceBytes, cancellationToken);
                    known = (restorable, pieceBytes);
                    return Judge(restorable, end, pieceBytes);
                });
            }

            await CheckCopyAsync(order, target, server, binaries, end, checks, shown, cancellationToken);
            await StopAndCheckPagesAsync(place.Data, server, binaries, checks, shown, cancellationToken);
            return (new RestoredMoment(name, bytes, end, commit, checks.Done), known);
        }
        finally
        {
            await place.DisposeAsync();
        }
    }

    private async Task CheckCopyAsync(
        RestoreTestOrder order, RestoreTarget target, ScratchServer server, Binaries binaries, string? end, CheckList checks, Shown shown,
        CancellationToken cancellationToken)
    {
        shown.Say("checking tables and indexes");
        await checks.RunAsync(RestoreCheckNames.Structure, () => AmCheck.RunAsync(server.Socket, ScratchServer.Port, binaries, cancellationToken));
        foreach (var assertion in order.Spec.Assertions)
        {
            shown.Say($"asking {assertion.Name}");
            await checks.RunAsync(RestoreCheckNames.Assertion(assertion.Name), async () =>
                await server.AskAsync(assertion.Database, assertion.Sql, cancellationToken) switch
                {
                    true => CheckOutcome.Passed.With("true"),
                    null => CheckOutcome.Failed.With("it brought nothing, not true"),
                    var other => CheckOutcome.Failed.With($"it brought {Convert.ToString(other, CultureInfo.InvariantCulture)}, not true"),
                });
        }

        await checks.RunAsync(RestoreCheckNames.Compare, async () =>
        {
            if (target is not RestoreTarget.Latest)
            {
                return CheckOutcome.NotRun.With("not compared: a past moment, and the members are beyond it");
            }

            if (live is null || !Lsn.TryParse(end, out var reached))
            {
                return CheckOutcome.NotRun.With(live is null ? "not compared: no member is asked" : "not compared: where the copy ends is not known");
            }

            shown.Say($"comparing with {live.Name}");
            return await new LiveComparison(live, _spec, server, reached, order.Seed, time).RunAsync(cancellationToken);
        });
    }

    private static async Task StopAndCheckPagesAsync(
        string data, ScratchServer server, Binaries binaries, CheckList checks, Shown shown, CancellationToken cancellationToken)
    {
        shown.Say("checking pages");
        await checks.RunAsync(RestoreCheckNames.Pages, async () =>
        {
            var enabled = await server.AskAsync("postgres", "SELECT current_setting('data_checksums')", cancellationToken) is "on";
            await server.StopAsync(cancellationToken);
            if (!enabled)
            {
                return CheckOutcome.NotRun.With("data checksums are off in this store: initdb --data-checksums, or pg_checksums --enable");
            }

            var result = await ToolRun.RunAsync(
                binaries.PathOf("pg_checksums"), ["--check", "-D", data], environment: null, onErrorLine: null, cancellationToken);
            return result.ExitCode == 0
                ? CheckOutcome.Passed.With(result.Output.Split('\n').FirstOrDefault(line => line.StartsWith("Blocks", StringComparison.Ordinal))?.Trim() ?? "")
                : CheckOutcome.Failed.With(BackRestRun.Readable(string.Join(
                    "; ", result.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries).Take(2)).Replace(data + "/", "", StringComparison.Ordinal)));
        });
    }

    /// <summary>A recovery takes a piece that is missing for the end of the log, and says nothing: that is told here.</summary>
    private static (CheckOutcome, string) Judge(Restorable restorable, string? end, ulong pieceBytes)
    {
        if (RepositoryScanner.Told(restorable) is { Length: > 0 } findings)
        {
            return CheckOutcome.Failed.With(string.Join("; ", findings));
        }

        var expected = restorable.Windows.Length > 0 ? restorable.Windows[^1].ToLsn : default;
        var last = expected.Value < pieceBytes ? 0 : (expected.Value - pieceBytes) / pieceBytes * pieceBytes;
        return Lsn.TryParse(end, out var reached) && reached.Value < last
            ? CheckOutcome.Failed.With($"recovery ended at {reached}, but there is log up to {expected} in the archive: what comes next cannot be read")
            : CheckOutcome.Passed.With($"whole up to {expected}");
    }

    private async Task<Restorable> RestorableAsync(string data, ulong pieceBytes, CancellationToken cancellationToken)
    {
        Task<string> Run(IEnumerable<string> arguments) => BackRestRun.RunAsync(
            Path.Combine(data + ".holdfast", "pgbackrest.conf"), BackRestFile.Stanza(store, site), arguments, progress: null, cancellationToken);
        try
        {
            var info = RepositoryText.Info(await Run(["info", "--output=json"]));
            return info.ArchiveId is { } archive
                ? await RepositoryReader.FollowAsync(Run, info.Backups, $"archive/{BackRestFile.Stanza(store, site)}/{archive}", pieceBytes)
                : new Restorable([], [], [], IsCutOff: false);
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or FormatException or InvalidOperationException)
        {
            throw new EngineException($"what pgbackrest says of the repository cannot be read: {exception.Message}", exception);
        }
    }

    /// <returns>What a restore of the newest backup will write, and why there can be none.</returns>
    private async Task<(long Bytes, string? Problem)> NewestAsync(string data, CancellationToken cancellationToken)
    {
        var repository = store.Backup?.At(site) ?? throw new EngineException($"store {store.Name} declares no backup repository for {site}");
        var (folder, file) = (data + ".locks", data + ".look.conf");
        AtomicFile.Write(file, BackRestFile.ForReading(store, site, repository, folder, data));
        try
        {
            var info = RepositoryText.Info(await BackRestRun.RunAsync(
                file, BackRestFile.Stanza(store, site), ["info", "--output=json"], progress: null, cancellationToken));
            return info.Exists is null
                ? (0, $"{repository.Place} cannot be read: {BackRestRun.Short(info.Message)}{BackRestRun.WrongKey}")
                : info.Backups.IsEmpty ? (0, $"there is no backup in {repository.Place}") : (info.Backups[^1].DatabaseBytes, null);
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or FormatException or InvalidOperationException)
        {
            return (0, $"{repository.Place} cannot be read, nor what pgbackrest says of it: {exception.Message}{BackRestRun.WrongKey}");
        }
        finally
        {
            AtomicFile.Delete(file);
        }
    }

    private static void RequireRoom(string directory, long bytes)
    {
        var free = new DriveInfo(directory).AvailableFreeSpace;
        var needed = bytes + (bytes / 20) + (bytes > 0 ? Spare : 0);
        if (free < needed)
        {
            throw new EngineException(
                $"{directory} has {Amount(free)} left, and the copy needs {Amount(needed)}: make room, or name another directory for 'test-restore'");
        }
    }

    private static string Amount(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1048576.0:0} MiB");

    /// <summary>What is shown while it runs says which of the restores it is.</summary>
    private sealed class Shown(IProgress<BackupProgress> progress, string target) : IProgress<BackupProgress>
    {
        public void Report(BackupProgress value) => progress.Report(value with { Phase = $"{target}: {value.Phase}" });

        public void Say(string phase) => Report(new BackupProgress(null, phase));
    }
}

/// <summary>Runs checks one after the other, and keeps how each ended and how long it took.</summary>
internal sealed class CheckList(TimeProvider time)
{
    private readonly List<RestoreCheck> _done = [];

    public ImmutableArray<RestoreCheck> Done => [.. _done];

    /// <returns>False: it failed.</returns>
    public async Task<bool> RunAsync(string name, Func<Task<(CheckOutcome Outcome, string Detail)>> check)
    {
        var began = time.GetTimestamp();
        (CheckOutcome Outcome, string Detail) found;
        try
        {
            found = await check();
        }
        catch (Exception exception) when (exception is EngineException or NpgsqlException or IOException or UnauthorizedAccessException or TimeoutException)
        {
            found = CheckOutcome.Failed.With(exception is PostgresException server ? server.MessageText : exception.Message);
        }

        _done.Add(new RestoreCheck(name, found.Outcome, BackRestRun.Readable(found.Detail), time.GetElapsedTime(began).TotalSeconds));
        return found.Outcome != CheckOutcome.Failed;
    }
}

internal static class CheckOutcomes
{
    public static (CheckOutcome Outcome, string Detail) With(this CheckOutcome outcome, string detail) => (outcome, detail);
}
