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
    private readonly Milestones _milestones = new();
    private PeerObservation? _measured;
    /// <summary>They are of the primary before, and it is not known whether this one has written.</summary>
    private bool _isOfEpochBefore;
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
            if (_isOfEpochBefore)
            {
                _milestones.Clear(); // Nothing was heard of the one between.
            }

            _isOfEpochBefore = !_milestones.IsEmpty;
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
        MeasureLag(view, heard, now, _leaseGone ?? now);
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

    /// <summary>Since when, at the earliest, the primary has had what it says: what comes in when this agent has stood still may have waited for it.</summary>
    private long AsOf(PeerObservation heard, long now) =>
        score.MayHaveWaitedSince(heard.ReceivedAt, now) - (long)(Math.Max(0, heard.Heartbeat.PositionAgeMilliseconds) / 1000.0 * time.TimestampFrequency);

    /// <summary>
    /// An elected member that says in its own epoch that it is a standby has not acknowledged anything yet: up to that word, what was known of the
    /// primary before is known of the store. So one that comes to nothing can be taken over from (R6).
    /// </summary>
    private void MeasureLag(EngineView view, PeerObservation? heard, long now, long until)
    {
        var ofThisEpoch = heard?.Heartbeat.Epoch == _epoch;
        if (heard is { Heartbeat.Role: MemberRole.Primary })
        {
            if (_isOfEpochBefore && (ofThisEpoch || heard.Heartbeat.Position is not null))
            {
                _milestones.Clear();
                (_isOfEpochBefore, _measured) = (false, null);
            }

            if (heard.Heartbeat.Position is { } theirs && !ReferenceEquals(heard, _measured))
            {
                // Once for each: a later look knows no better how long it waited, and may have forgotten.
                _measured = heard;
                _milestones.Add(theirs, AsOf(heard, now));
            }
        }
        else if (_isOfEpochBefore && ofThisEpoch && heard!.Heartbeat.Role == MemberRole.Standby)
        {
            _isOfEpochBefore = false;
        }

        Lag = !_isOfEpochBefore && view.Position is { } mine && _milestones.ReachedBy(mine) is { } reached
            ? time.GetElapsedTime(reached, Math.Max(until, reached))
            : null;
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
