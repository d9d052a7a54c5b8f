using System.Collections.Immutable;
using Holdfast.Core.Failover;
using Holdfast.Core.Quorum;
using Holdfast.Core.Sites;

namespace Holdfast.Core.Tests.Scenarios;

internal sealed partial class Told
{
    private EngineView Engine(GroupRecord? record)
    {
        var engine = new EngineView { Data = DataState.Present, SystemId = "S", ConfiguredSync = SyncRule.Blocked, ApplyIdle = true, GateOpen = true };
        foreach (var words in Clauses("engine"))
        {
            engine = EngineClause(engine, words, record);
            words.End();
        }

        return engine with
        {
            Standbys = [.. About("stream").Where(said => said.Text != "none").Select(said => Stream(said.Member, said.Text))],
        };
    }

    private static EngineView EngineClause(EngineView engine, Words words, GroupRecord? record) =>
        words.Take("empty") ? new EngineView { Data = DataState.Empty, Process = ProcessState.Stopped }
        : words.Take("incomplete") ? new EngineView { Data = DataState.Incomplete, Process = ProcessState.Stopped }
        : words.Take("foreign") ? new EngineView { Data = DataState.Foreign, DataProblem = words.Rest(), Process = ProcessState.Stopped }
        : words.Take("primary running at") ? RunningPrimary(engine, words.Position(), record?.Sync ?? SyncRule.None)
        : words.Take("primary stopped in good order at") ? engine with
        {
            Role = MemberRole.Primary,
            Process = ProcessState.Stopped,
            CleanShutdown = true,
            Position = words.Position(),
        }
        : words.Take("primary crashed at") ? engine with { Role = MemberRole.Primary, Process = ProcessState.Stopped, Position = words.Position() }
        : words.Take("primary stopped") ? engine with { Role = MemberRole.Primary, Process = ProcessState.Stopped }
        : words.Take("primary unresponsive") ? engine with { Role = MemberRole.Primary, Process = ProcessState.Unresponsive }
        : words.Take("standby running at") ? RunningStandby(engine, words.Position())
        : words.Take("standby stopped") ? engine with { Role = MemberRole.Standby, Process = ProcessState.Stopped }
        : words.Take("standby starting") ? engine with { Role = MemberRole.Standby, Process = ProcessState.Starting }
        : words.Take("restored in") ? engine with { RestoredIn = words.Number("an epoch") }
        : words.Take("position unknown") ? engine with { Position = null }
        : words.Take("following") ? engine with { Upstream = words.Next("a member"), Receiving = true, Streaming = true }
        : words.Take("not streaming") ? engine with { Streaming = false }
        : words.Take("log gone") ? engine with { LogGone = true, Streaming = false }
        : words.Take("fed from the archive") ? engine with { Feeding = true }
        : words.Take("receiver still there") ? engine with { Upstream = null, Receiving = true }
        : words.Take("detached") ? engine with { Upstream = null, Receiving = false }
        : words.Take("lacks up to") ? engine with { Lacks = words.Position() }
        : words.Take("waiting for") ? engine with { Upstream = words.Next("a member"), Streaming = false }
        : words.Take("applied") ? engine with { Applied = words.Lsn() }
        : words.Take("still applying") ? engine with { ApplyIdle = false }
        : words.Take("inserted") ? engine with { Inserted = words.Lsn() }
        : words.Take("history") ? engine with { History = [.. words.Rest().Split(' ').Select(TimelineFork)] }
        : words.Take("sync") ? engine with { ConfiguredSync = words.Rule(), EffectiveSync = null }
        : words.Take("effective") ? engine with { EffectiveSync = words.Rule() }
        : words.Take("gate closed") ? engine with { GateOpen = false }
        : words.Take("gate open") ? engine with { GateOpen = true }
        : words.Take("system") ? engine with { SystemId = words.Next("a system identifier") }
        : throw new FormatException($"'{words.Rest()}' is not said of an engine");

    private static EngineView RunningPrimary(EngineView engine, LogPosition at, SyncRule sync) => engine with
    {
        Role = MemberRole.Primary,
        Process = ProcessState.Running,
        Position = at,
        Inserted = at.Lsn,
        ConfiguredSync = sync,
        EffectiveSync = sync,
    };

    private static EngineView RunningStandby(EngineView engine, LogPosition at) => engine with
    {
        Role = MemberRole.Standby,
        Process = ProcessState.Running,
        Position = at,
        Applied = at.Lsn,
    };

    private static StandbyView Stream(string member, string text)
    {
        var words = new Words(text);
        var streaming = !words.Take("catching up at");
        var view = new StandbyView(member, streaming, streaming && !words.Take("flushed") ? throw new FormatException("a stream has 'flushed LSN' or is 'catching up at LSN'") : words.Lsn(), streaming);
        words.End();
        return view;
    }

    private static TimelineStart TimelineFork(string word)
    {
        var parts = word.Split('@');
        return parts.Length == 2 && uint.TryParse(parts[0], out var timeline)
            ? new TimelineStart(timeline, Lsn.Parse(parts[1]))
            : throw new FormatException($"'{word}' is not a fork such as 2@0/500 (timeline@fork)");
    }

    private MemberMemory Memory(GroupRecord? record, string me, SiteView? sites)
    {
        var memory = record is null ? new MemberMemory() : new MemberMemory
        {
            Epoch = record.Epoch,
            LogEpoch = record.Epoch,
            WasPrimary = record.Primary == me && record.Mode != ProtectionMode.Passive,
        };
        memory = memory with { SiteEpoch = sites?.Record?.Epoch ?? 0, ActiveSite = sites?.Record?.ActiveSite };
        foreach (var words in Clauses("memory"))
        {
            memory = words.Take("blank") ? new MemberMemory()
                : words.Take("site epoch") ? RememberedSite(memory, words)
                : words.Take("epoch") ? memory with { Epoch = words.Number("an epoch") }
                : words.Take("log epoch") ? memory with { LogEpoch = words.Number("an epoch") }
                : words.Take("restoring") ? memory with { Restoring = words.Number("an epoch") }
                : words.Take("was primary") ? memory with { WasPrimary = true }
                : words.Take("was not primary") ? memory with { WasPrimary = false }
                : words.Take("diverged from") ? memory with { Divergence = new Divergence(words.Position(), Epoch: record?.Epoch ?? 0) }
                : words.Take("salvaged") ? memory with { Divergence = memory.Divergence! with { Salvaged = true } }
                : words.Take("judged under epoch") ? memory with { Divergence = memory.Divergence! with { Epoch = words.Number("an epoch") } }
                : words.Take("rewind failed") ? memory with { Divergence = memory.Divergence! with { RewindFailed = true } }
                : throw new FormatException($"'{words.Rest()}' is not said of a memory");
            words.End();
        }

        return memory;
    }

    /// <summary><c>site epoch 1 at fra</c>.</summary>
    private static MemberMemory RememberedSite(MemberMemory memory, Words words)
    {
        var record = SiteRecord(words);
        return memory with { SiteEpoch = record.Epoch, ActiveSite = record.ActiveSite };
    }

    private static PeerView Peer(string text, GroupRecord? record)
    {
        var peer = new PeerView { SilentFor = TimeSpan.FromMilliseconds(50), Epoch = record?.Epoch ?? 0, Data = DataState.Present, LogEpoch = record?.Epoch ?? 0 };
        foreach (var words in text.Split(',', StringSplitOptions.TrimEntries).Select(clause => new Words(clause)))
        {
            peer = words.Take("never heard") ? new PeerView()
                : words.Take("silent for") ? peer with { SilentFor = words.Span() }
                : words.Take("primary running") ? peer with { Role = MemberRole.Primary, Process = ProcessState.Running }
                : words.Take("primary stopped") ? peer with { Role = MemberRole.Primary, Process = ProcessState.Stopped }
                : words.Take("standby running at") ? peer with { Role = MemberRole.Standby, Process = ProcessState.Running, Position = words.Position(), Streaming = true }
                : words.Take("not streaming") ? peer with { Streaming = false }
                : words.Take("log epoch") ? peer with { LogEpoch = words.Number("an epoch") }
                : words.Take("standby stopped") ? peer with { Role = MemberRole.Standby, Process = ProcessState.Stopped }
                : words.Take("empty") ? peer with { Data = DataState.Empty, Process = ProcessState.Stopped }
                : words.Take("shut down at") ? peer with { Process = ProcessState.Stopped, CleanShutdown = true, Position = words.Position() }
                : words.Take("hands over") ? peer with { HandsOverEpoch = record?.Epoch ?? 0 }
                : words.Take("suspects") ? peer with { SuspectsEpoch = record?.Epoch ?? 0 }
                : words.Take("epoch") ? peer with { Epoch = words.Number("an epoch") }
                : throw new FormatException($"'{words.Rest()}' is not said of a peer");
            words.End();
        }

        return peer;
    }
}
