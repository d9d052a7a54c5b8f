using Holdfast.Agent.Heartbeats;
using Holdfast.Agent.Hosting;
using Holdfast.Core.Failover;
using Holdfast.Engines;

namespace Holdfast.Agent.Watching;

/// <summary>
/// Measures a standby's primary for R7: when its agent was last heard, when its log stream last brought something or its server last
/// answered, and when coordination last saw it. Judging is <see cref="SuspicionJudge"/>'s.
/// </summary>
public sealed class PrimaryWatch(IMemberEngine engine, SelfScore score, TimeProvider time, TimeSpan suspectAfter) : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Since _aliveAgain = new(time);
    private string? _primary;
    private long _epoch;
    private long _watchedSince;
    private long _lastAnswer;
    private long _lastAdvance;
    private long _lastPulse;
    private long _pulseRevision;
    private Lsn _furthest;
    private long _caughtUpAt;
    /// <summary>What this member had then, of the primary's.</summary>
    private LogPosition _caughtUpWith;
    private bool _everCaughtUp;
    /// <summary>It is so of the epoch before, and nobody has written in this one as far as is known.</summary>
    private bool _wasCaughtUp;
    private long? _leaseGone;
    private long _leaseTaken;
    private Task _probing = Task.CompletedTask;

    /// <summary>Since when the primary's agent and server have both been seen alive.</summary>
    public TimeSpan AliveFor => _aliveAgain.Elapsed;

    /// <summary>For how long the primary's server had given no sign when it was last looked at: neither log nor an answer.</summary>
    public TimeSpan ServerSilence { get; private set; }

    /// <summary>When the primary last gave any sign of life; a monotonic timestamp.</summary>
    public long LastSign { get; private set; }

    /// <summary>
    /// R6: since when this member may lack commits, up to when the primary can have acknowledged any: to now, or to when its lease was seen gone.
    /// Null: not known.
    /// </summary>
    public TimeSpan? Lag { get; private set; }

    /// <summary>Takes in what is known now and judges.</summary>
    /// <param name="leaseTaken">
    /// Revision of the mark that whoever takes the lease leaves: who was cut off from coordination sees by it that the lease was there again in between.
    /// </param>
    public SuspicionVerdict Observe(
        GroupRecord record, long pulseRevision, bool coordinationFresh, EngineView view, PeerObservation? heard,
        int agreeingPeers, bool leaseExists, long leaseTaken)
    {
        var now = time.GetTimestamp();
        if (record.Primary != _primary || record.Epoch != _epoch)
        {
            (_primary, _epoch, _watchedSince) = (record.Primary, record.Epoch, now);
            _lastAnswer = _lastAdvance = _lastPulse = now;
            (_wasCaughtUp, _everCaughtUp) = (_everCaughtUp, false);
            _leaseGone = null; // That of another may have come and gone since.
            _aliveAgain.Update(false);
        }

        if (view.Position is { } position && position.Lsn > _furthest && view.Upstream == _primary)
        {
            (_furthest, _lastAdvance) = (position.Lsn, now);
        }

        if (pulseRevision != _pulseRevision)
        {
            (_pulseRevision, _lastPulse) = (pulseRevision, now);
        }

        var from = Math.Max(score.SilenceStartsAt(now), _watchedSince);
        var beat = Math.Max(heard is null ? 0 : SignOfLife(heard), from);
        var answer = Math.Max(Math.Max(Volatile.Read(ref _lastAnswer), _lastAdvance), from);
        LastSign = Math.Max(beat, answer);
        ServerSilence = time.GetElapsedTime(answer, now);
        if (leaseTaken != _leaseTaken)
        {
            (_leaseTaken, _leaseGone) = (leaseTaken, null);
        }

        _leaseGone = leaseExists ? null : _leaseGone ?? now;
        MeasureLag(view, heard is { } beaten && IsOfItsTime(beaten, now) ? beaten : null, _leaseGone ?? now);
        ProbeWhenQuiet(now, answer);
        var heartbeatSilence = time.GetElapsedTime(beat, now);
        // What nothing reaches by datagram but answers as a server is alive: whoever has promised may come back to it.
        var unheard = ServerSilence < suspectAfter ? time.GetElapsedTime(Math.Max(heard?.ReceivedAt ?? 0, from), now) : heartbeatSilence;
        _aliveAgain.Update(unheard < suspectAfter &&
            heard?.Heartbeat is { Role: MemberRole.Primary, Process: ProcessState.Running, HandsOverEpoch: 0 });
        return SuspicionJudge.Judge(new SuspicionEvidence
        {
            SuspectAfter = suspectAfter,
            HeartbeatSilence = heartbeatSilence,
            Deaf = heard is { Heartbeat.DeafMilliseconds: > 0 } && time.GetElapsedTime(heard.ReceivedAt, now) < suspectAfter,
            LogSilence = time.GetElapsedTime(answer, now),
            PresenceSilence = coordinationFresh ? time.GetElapsedTime(Math.Max(_lastPulse, from), now) : null,
            AgreeingPeers = agreeingPeers,
            Trustworthy = score.IsTrustworthy(now),
            AnnouncedRestart = heard?.Heartbeat.Restarting == true,
        });
    }

    public void Dispose()
    {
        _stop.Cancel();
        _stop.Dispose();
    }

    /// <summary>
    /// A primary that hears nobody gets no acknowledgement either, however well it is heard: its heartbeat is worth what its ears are. It is as old as
    /// the last that reached it.
    /// </summary>
    private long SignOfLife(PeerObservation heard) =>
        heard.ReceivedAt - (long)(Math.Max(0, heard.Heartbeat.DeafMilliseconds) / 1000.0 * time.TimestampFrequency);

    /// <summary>
    /// What came in when this agent had just stood still may have waited for it all that time: when it was said is not known. What waits is taken in at
    /// once; a third of suspect-after is what this agent may be late without being called so.
    /// </summary>
    private bool IsOfItsTime(PeerObservation heard, long now) =>
        heard.ReceivedAt - score.SilenceStartsAt(now) >= (long)(suspectAfter.TotalSeconds * time.TimestampFrequency / 3);

    /// <summary>When the primary had what it says.</summary>
    private long AsOf(PeerObservation heard) =>
        heard.ReceivedAt - (long)(Math.Max(0, heard.Heartbeat.PositionAgeMilliseconds) / 1000.0 * time.TimestampFrequency);

    /// <summary>
    /// An elected member that says in its own epoch that it is a standby has not acknowledged anything yet: up to that word, what was known of the
    /// primary before is known of the store. So one that comes to nothing can be taken over from (R6).
    /// </summary>
    private void MeasureLag(EngineView view, PeerObservation? heard, long until)
    {
        if (view.Position is { } have && (have.Timeline, have.Lsn.Value).CompareTo((_caughtUpWith.Timeline, _caughtUpWith.Lsn.Value)) < 0)
        {
            // A server that started with less than it had, say: what it was when it had more says nothing.
            (_caughtUpWith, _everCaughtUp, _wasCaughtUp) = (default, false, false);
        }

        var ofThisEpoch = heard?.Heartbeat.Epoch == _epoch;
        if (heard is { Heartbeat: { Role: MemberRole.Primary, Position: { } theirs } } && view.Position is { } mine &&
            mine.Timeline == theirs.Timeline && mine.Lsn >= theirs.Lsn)
        {
            (_caughtUpAt, _caughtUpWith, _everCaughtUp) = (Math.Max(AsOf(heard), _caughtUpAt), theirs, true);
        }
        else if (_wasCaughtUp && ofThisEpoch && heard!.Heartbeat.Role == MemberRole.Standby)
        {
            (_caughtUpAt, _everCaughtUp) = (Math.Min(heard.ReceivedAt, _caughtUpAt), true);
        }

        _wasCaughtUp &= !(ofThisEpoch && heard!.Heartbeat.Role == MemberRole.Primary);

        Lag = _everCaughtUp ? time.GetElapsedTime(_caughtUpAt, Math.Max(until, _caughtUpAt)) : null;
    }

    /// <summary>An idle database sends nothing; so when the stream is quiet its server is asked, one question at a time.</summary>
    private void ProbeWhenQuiet(long now, long lastAnswer)
    {
        if (!_probing.IsCompleted || time.GetElapsedTime(lastAnswer, now) < suspectAfter / 3)
        {
            return;
        }

        var (primary, deadline) = (_primary!, suspectAfter / 2);
        _probing = Beside.Run(async () =>
        {
            using var limit = new TimeLimit(deadline, time, _stop.Token);
            if (await engine.ProbePeerAsync(primary, limit.Token))
            {
                Volatile.Write(ref _lastAnswer, time.GetTimestamp());
            }
            else
            {
                // A refused connection answers at once; do not ask again before a little while has passed.
                await Task.Delay(deadline / 4, time, CancellationToken.None);
            }
        });
    }
}
