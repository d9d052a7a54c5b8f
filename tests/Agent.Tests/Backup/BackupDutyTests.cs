using System.Collections.Immutable;
using Holdfast.Agent.Backup;
using Holdfast.Agent.Logging;
using Holdfast.Agent.Records;
using Holdfast.Agent.Tests.Api;
using Holdfast.Agent.Tests.Leases;
using Holdfast.Core.Backup;
using Holdfast.Core.Failover;
using Holdfast.Core.Quorum;
using Holdfast.Core.Topology;
using Holdfast.Engines.Backup;

namespace Holdfast.Agent.Tests.Backup;

public sealed class BackupDutyTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);
    private static readonly RepositorySpec Disk = new() { Name = "disk", Site = "fra", Place = new RepositoryPlace.Folder("/srv/backup") };

    private static readonly StoreSpec Store = SampleGroup.System().Stores["orders"] with
    {
        Backup = new BackupSpec { Repositories = ImmutableSortedDictionary<string, RepositorySpec>.Empty.Add("disk", Disk) },
    };

    private static readonly MemberSpec Self = Store.Members["orders-fra-1"];

    [Fact]
    public async Task What_is_asked_for_while_the_repository_is_not_ready_comes_to_an_end_and_is_refused_once_that_is_known()
    {
        var engine = new Repository();
        using var log = new EventLog(Stream.Null, Stream.Null, TimeProvider.System, Self.Name, priorityPrefixes: false);
        var mark = new RepositoryMark(new FakeCoordination(), new GroupKeys("grid", "orders", "fra"));
        var duty = new BackupDuty(Store, Self, engine, mark, TimeProvider.System, log, () => Guid.NewGuid().ToString("N"));
        duty.Follow(Serving);
        // Nobody has looked at it yet.
        var asked = duty.Ask(BackupType.Full);
        asked.Accepted.ShouldBeTrue(asked.Message);
        using var stop = new CancellationTokenSource();
        var running = duty.RunAsync(stop.Token);

        await UntilAsync(() => duty.Activity() is { Running: null, Last: not null });
        duty.Activity().Last!.ShouldSatisfyAllConditions(
            last => last.Id.ShouldBe(asked.Id), last => last.Label.ShouldBeNull(), last => last.Message.ShouldContain("/srv/backup is not there"));
        duty.Ask(BackupType.Full).ShouldSatisfyAllConditions(
            again => again.Accepted.ShouldBeFalse(), again => again.Message.ShouldStartWith("the repository is not ready: /srv/backup is not there"));

        engine.Problem = null;
        await UntilAsync(() => duty.Ask(BackupType.Full).Accepted);
        await UntilAsync(() => duty.Activity() is { Running: null, Last.Label: "taken" });
        engine.LetGo.ShouldBe(1, "once, when it was prepared");
        await stop.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => running);
    }

    [Theory, InlineData(true), InlineData(false)]
    public void A_damaged_newest_backup_is_told_and_counted(bool isDamaged)
    {
        var seen = new RepositoryView(null, true, [Backup("old", false), Backup("new", isDamaged)], null);

        var health = BackupHealthBuilder.Build(Disk, Serving, seen, fault: null, tests: null);

        health.LastBackupDamaged.ShouldBe(isDamaged);
        string.Join("; ", health.Problems).ShouldBe(
            isDamaged ? "the newest backup, new, has damaged pages; older ones are kept until there is a good one: see 'A page is corrupted' in the runbook" : "");
    }

    private static BackupSet Backup(string label, bool isDamaged) =>
        new(label, BackupType.Full, 1, 2, new Lsn(1), new Lsn(2), 1, 1, 1, 1, isDamaged);

    private static MemberView Serving { get; } = new()
    {
        Me = Self.Name,
        Group = GroupSpec.From(Store, "fra"),
        Coordination = new CoordinationView
        {
            Reachable = true,
            State = RecordState.Present,
            Record = new GroupRecord { Epoch = 3, Primary = Self.Name, Sync = SyncRule.None, Mode = ProtectionMode.Unprotected, SystemId = "1", Lineage = [] },
        },
        Engine = EngineView.Nothing with
        {
            Process = ProcessState.Running,
            Role = MemberRole.Primary,
            RunId = "run",
            Position = new LogPosition(1, new Lsn(1)),
        },
    };

    private static async Task UntilAsync(Func<bool> condition)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (!condition())
        {
            TimeProvider.System.GetElapsedTime(began).ShouldBeLessThan(Soon);
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }
    }

    private sealed class Repository : IBackupEngine
    {
        public volatile string? Problem = "/srv/backup is not there: create or mount it";
        public int LetGo { get; private set; }

        public void AllowArchiving(uint? timeline) { }
        public Task<bool> EndLeftBackupAsync(CancellationToken cancellationToken) => Task.FromResult(false);
        public Task CreateRepositoryAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task<RepositoryView> ReadRepositoryAsync(CancellationToken cancellationToken) =>
            Task.FromResult(new RepositoryView(Problem, Problem is null ? true : null, [], null));

        public Task<string> TakeBackupAsync(BackupType type, IProgress<BackupProgress> progress, CancellationToken cancellationToken) => Task.FromResult("taken");

        public Task LetGoAsync(CancellationToken cancellationToken)
        {
            LetGo++;
            return Task.CompletedTask;
        }
    }
}
