using Holdfast.Core.Failover;

namespace Holdfast.Simulation.Servers;

internal sealed partial class SimServer
{
    public void Salvage(LogPosition from)
    {
        foreach (var entry in _log.Where(entry => entry.End > from.Lsn))
        {
            Salvaged.Add(entry);
        }
    }

    /// <summary>Begins to copy; what was there is gone from now on.</summary>
    public bool BeginClone(string upstream)
    {
        if (Process != ProcessState.Stopped)
        {
            return false;
        }

        world.Oath.Overwrites(this, world.Servers[upstream]);
        Data = DataState.Incomplete;
        _log.Clear();
        _history.Clear();
        return true;
    }

    public bool FinishClone(string upstream)
    {
        var source = world.Servers[upstream];
        if (Data != DataState.Incomplete || Process != ProcessState.Stopped || !Reaches(source) || !source.CanFeed(site))
        {
            return false;
        }

        CopyFrom(source, MemberRole.Standby);
        return true;
    }

    /// <summary>
    /// As pg_rewind: it finds the fork by comparing timeline numbers and forks. Where these name a point behind the one that the lineage names
    /// as the divergence, it must refuse: the numbers deceive it.
    /// </summary>
    public bool Rewind(string upstream, LogPosition diverged, bool trustNumbers)
    {
        var source = world.Servers[upstream];
        if (Data != DataState.Present || Process != ProcessState.Stopped || !Reaches(source) || !source.CanFeed(site) || source.SystemId != SystemId)
        {
            return false;
        }

        var common = CommonByNumbers(source);
        if (common > diverged.Lsn)
        {
            if (!trustNumbers)
            {
                return false;
            }

            // Wrongly believed to be on the source's history up to there: nothing is taken back before it.
            var keep = _log.Take((int)(common.Value / LogEntry.Bytes)).ToArray();
            var rest = source._log.Skip(keep.Length).ToArray();
            CopyFrom(source, MemberRole.Standby);
            _log.Clear();
            _log.AddRange(keep);
            _log.AddRange(rest);
            return true;
        }

        world.Oath.Overwrites(this, source);
        CopyFrom(source, MemberRole.Standby);
        LeaveOutTheEnd();
        return true;
    }

    /// <summary>The log is copied before the source says how far it is by then: what it writes meanwhile has to be received.</summary>
    private void LeaveOutTheEnd()
    {
        var whole = _log.FindLastIndex(entry => entry.Timeline != Timeline) + 2;
        if (whole < _log.Count && world.Chance(0.5))
        {
            _needs = _log[^1];
            var keep = world.Between(whole, _log.Count - 1);
            _log.RemoveRange(keep, _log.Count - keep);
        }
    }

    private Lsn CommonByNumbers(SimServer source)
    {
        var shared = _history.Zip(source._history).TakeWhile(pair => pair.First == pair.Second).Count();
        var mine = shared < _history.Count ? _history[shared].Fork : End;
        var theirs = shared < source._history.Count ? source._history[shared].Fork : source.End;
        return mine < theirs ? mine : theirs;
    }
}
