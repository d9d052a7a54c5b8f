using Holdfast.Agent.Api;
using Holdfast.Core.Failover;
using Holdfast.Core.Sites;

namespace Holdfast.Agent.Loop;

/// <summary>Takes the times of one change of primary, for the history: milliseconds from the last sign of life to each step.</summary>
internal sealed class FailoverTimes(TimeProvider time)
{
    private long? _origin;
    private string? _ground;
    private HistoryEntry _entry = new();

    /// <summary>There is ground to take over: counted once, until the next epoch.</summary>
    public void Detected(string ground, long lastSign)
    {
        if (_ground is null)
        {
            (_ground, _origin) = (ground, lastSign);
            _entry = new HistoryEntry { DetectedMs = Elapsed() };
        }
    }

    public void Forget() => (_ground, _origin) = (null, null);

    public void Promised(LogPosition position) => _entry = _entry with { PromisedMs = Elapsed(), PromisedLsn = position.ToString() };

    public void Elected(Decision decision, GroupRecord before, GroupRecord after, RequestKind? request)
    {
        _entry = _entry with
        {
            ElectedMs = Elapsed(),
            Epoch = after.Epoch,
            At = time.GetUtcNow(),
            Kind = request switch { RequestKind.Switchover => "switchover", RequestKind.Failover => "forced", _ => "failover" },
            From = before.Primary,
            To = after.Primary,
            Rule = decision.Rule,
            Reason = _ground is null ? decision.Reason : $"{_ground}; {decision.Reason}",
        };
    }

    public void Promoted() => _entry = _entry with { PromotedMs = Elapsed() };

    /// <summary>The entry once the lineage is known; also for a promotion that an earlier run of the agent began.</summary>
    public HistoryEntry Complete(GroupRecord record)
    {
        var entry = _entry.Epoch == record.Epoch
            ? _entry
            : new HistoryEntry
            {
                Epoch = record.Epoch,
                At = time.GetUtcNow(),
                Kind = Eras.BeganByMove(record.Epoch) ? "site-move" : "failover",
                To = record.Primary,
                Rule = "R3.promote",
                Reason = Eras.BeganByMove(record.Epoch)
                    ? $"site epoch {Eras.Of(record.Epoch)}: its site became the active one"
                    : "finished by a restarted agent",
            };
        return _entry = entry with { Timeline = record.Lineage[^1].Timeline, ForkLsn = record.Lineage[^1].Fork.ToString() };
    }

    /// <summary>The entry of a group's birth, or of its second one by a restore.</summary>
    public HistoryEntry Born(GroupRecord record, Decision decision) => new()
    {
        Epoch = record.Epoch,
        At = time.GetUtcNow(),
        Kind = record.RestoredIn == record.Epoch ? "restore" : "birth",
        To = record.Primary,
        Rule = decision.Rule,
        Reason = decision.Reason,
        Timeline = record.Lineage[^1].Timeline,
        ForkLsn = record.Lineage[^1].Fork.ToString(),
    };

    /// <summary>The first commit under the new epoch has been acknowledged. Null: times of that epoch were not taken.</summary>
    public HistoryEntry? FirstCommit(long epoch) => _entry.Epoch == epoch ? _entry = _entry with { FirstCommitMs = Elapsed() } : null;

    private double? Elapsed() => _origin is { } origin ? Math.Round(time.GetElapsedTime(origin).TotalMilliseconds, 1) : null;
}
