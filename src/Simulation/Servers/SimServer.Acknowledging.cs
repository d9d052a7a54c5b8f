using Holdfast.Core.Failover;
using Holdfast.Core.Quorum;

namespace Holdfast.Simulation.Servers;

internal sealed partial class SimServer
{
    private readonly SortedDictionary<string, Sender> _senders = new(StringComparer.Ordinal);
    private readonly List<LogEntry> _waiting = [];
    private readonly Dictionary<LogEntry, Action> _told = [];

    /// <summary>The rule in the configuration.</summary>
    public SyncRule Configured { get; private set; } = SyncRule.Blocked;
    /// <summary>The rule by which backends decide whether to wait at all.</summary>
    public SyncRule Backends { get; private set; } = SyncRule.Blocked;
    /// <summary>Every rule that some part of the running server follows at this moment.</summary>
    public IEnumerable<SyncRule> InForce => _senders.Values.Select(sender => sender.Rule).Append(Backends);

    public void SetSync(SyncRule rule)
    {
        Configured = rule;
        var run = Run;
        world.After(world.Between(1, 60), name, () =>
        {
            if (Run == run)
            {
                TakeUp(Configured);
            }
        });
        foreach (var sender in _senders.Values)
        {
            world.After(world.Between(1, 200), name, () =>
            {
                if (Run == run && _senders.GetValueOrDefault(sender.Member) == sender)
                {
                    sender.Rule = Configured;
                    world.Oath.RuleChanged(this);
                    Release(sender);
                }
            });
        }
    }

    /// <summary>A client writes and waits for its acknowledgement. False: it was not let in.</summary>
    public bool Commit(Action? acknowledged = null)
    {
        if (!RunsAsPrimary || (!GateOpen && acknowledged is null) || _stopping || DiskIsFull)
        {
            return false;
        }

        var entry = Append(true);
        _applied = _log.Count;
        if (Backends == SyncRule.None)
        {
            world.Oath.Acknowledged(this, entry);
            acknowledged?.Invoke();
        }
        else
        {
            _waiting.Add(entry);
            if (acknowledged is not null)
            {
                _told[entry] = acknowledged;
            }
        }

        return true;
    }

    /// <summary>A standby says how far it has flushed.</summary>
    public void Reply(Sender sender, Lsn flushed)
    {
        if (_senders.GetValueOrDefault(sender.Member) == sender)
        {
            sender.Flushed = Lsn.Max(sender.Flushed, flushed);
            Release(sender);
        }
    }

    public Sender Accept(string member, Lsn from)
    {
        // A new walsender has what the postmaster has taken up by now, which may be older than the configuration.
        var sender = new Sender(member, Run) { Rule = Backends, Flushed = from };
        _senders[member] = sender;
        if (sender.Rule != Configured)
        {
            world.After(world.Between(1, 100), name, () =>
            {
                if (_senders.GetValueOrDefault(member) == sender)
                {
                    sender.Rule = Configured;
                    world.Oath.RuleChanged(this);
                    Release(sender);
                }
            });
        }

        return sender;
    }

    public void Drop(Sender sender)
    {
        if (_senders.GetValueOrDefault(sender.Member) == sender)
        {
            _senders.Remove(sender.Member);
        }
    }

    private bool Effective() => Backends == Configured && _senders.Values.All(sender => sender.Rule == Configured);

    private void TakeUp(SyncRule rule)
    {
        Backends = rule;
        world.Oath.RuleChanged(this);
        if (rule == SyncRule.None && RunsAsPrimary)
        {
            // PostgreSQL wakes all that wait when the names become empty.
            Acknowledge(new Lsn(ulong.MaxValue));
        }
    }

    private void Release(Sender by)
    {
        var rule = by.Rule;
        if (!RunsAsPrimary || !rule.Protects || !rule.Candidates.Contains(by.Member))
        {
            return;
        }

        var flushed = _senders.Values.Where(sender => rule.Candidates.Contains(sender.Member)).Select(sender => sender.Flushed).OrderDescending().ToArray();
        if (flushed.Length >= rule.Acks)
        {
            Acknowledge(flushed[rule.Acks - 1]);
        }
    }

    private void Acknowledge(Lsn upTo)
    {
        while (_waiting.Count > 0 && _waiting[0].End <= upTo)
        {
            var entry = _waiting[0];
            _waiting.RemoveAt(0);
            world.Oath.Acknowledged(this, entry);
            if (_told.Remove(entry, out var acknowledged))
            {
                acknowledged();
            }
        }
    }
}

/// <summary>A primary's side of one stream.</summary>
internal sealed class Sender(string member, int run)
{
    public string Member { get; } = member;
    /// <summary>The primary's run that it belongs to.</summary>
    public int Run { get; } = run;
    public SyncRule Rule { get; set; } = SyncRule.Blocked;
    public Lsn Flushed { get; set; }
}
