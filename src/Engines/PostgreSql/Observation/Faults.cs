using Holdfast.Core.Failover;
using Holdfast.Core.Topology;
using Holdfast.Engines.PostgreSql.Archiving;
using Holdfast.Engines.PostgreSql.Backup;
using Holdfast.Engines.PostgreSql.Files;
using Holdfast.Engines.PostgreSql.Server;

namespace Holdfast.Engines.PostgreSql.Observation;

/// <summary>The last fault that was met, with its remedy, until the server is well again.</summary>
internal sealed class Faults(StoreSpec store, Layout layout)
{
    private const string LogGone = "has already been removed";
    private volatile string? _last;
    private long _logStart = LogFile.Length(layout.ServerLog);
    private volatile bool _unexpectedEnd, _hadAnswered;

    public string? Last => _last;

    public void Set(string fault) => _last = fault;

    /// <summary>A new run begins: what the log held before is not about it.</summary>
    public void Begin()
    {
        _last = null;
        _unexpectedEnd = false;
        Interlocked.Exchange(ref _logStart, LogFile.Length(layout.ServerLog));
    }

    /// <summary>The server ended; if nobody asked it to, its log may say why.</summary>
    /// <param name="hadAnswered">False: it ended while it started, so that its last words are the reason.</param>
    public void Ended(bool asked, bool hadAnswered) => (_hadAnswered, _unexpectedEnd) = (hadAnswered, !asked);

    public string? OfStopped()
    {
        if (_unexpectedEnd)
        {
            _unexpectedEnd = false;
            var words = ServerLog.LastWords(layout, Interlocked.Read(ref _logStart));
            if (!_hadAnswered)
            {
                _last = ServerLog.ExplainExit(layout, Interlocked.Read(ref _logStart));
            }
            else if ((DiskFault.Describe(layout.Data) ?? ServerLog.Remedy(words)) is { } remedy)
            {
                _last = $"the server ended{(words is null ? "" : $": {words}")}; {remedy}";
            }
        }

        return _last;
    }

    /// <summary>As of the last look: the upstream has said that the log is gone, and nothing streams.</summary>
    public bool LogIsGone { get; private set; }

    /// <summary>As of the last look: the member is fed, and neither what is archived nor the upstream has what it needs next.</summary>
    public bool ArchiveLacks { get; private set; }

    public string? OfRunning(ServerFacts facts, LogPosition? withoutLineage)
    {
        LogIsGone = ArchiveLacks = false;
        _last = DiskFault.Describe(layout.Data);
        if (_last is not null)
        {
            return _last;
        }

        if (withoutLineage is { } position)
        {
            _last =
                $"the history file of timeline {position.Timeline} is missing in {layout.Log}: " +
                "the lineage is not known; run 'holdfast reinit'";
        }
        else if (facts is not { InRecovery: true, Upstream: { } upstream, ReceiverStreams: false })
        {
            return _last;
        }
        else if (Feeder.IsAtWork(layout))
        {
            if (MissingEverywhere() is [var piece, .. var reasons])
            {
                LogIsGone = ArchiveLacks = true;
                var why = reasons.Length == 0 ? "" : $" ({string.Join("; ", reasons.Select(Told))})";
                _last = $"neither {upstream} nor {string.Join(" nor ", Feeder.Sources(store))} has the log that this member needs, " +
                    $"from {piece} on{why}: it must be cloned anew";
            }
        }
        else if (ServerLog.LastWords(layout, Interlocked.Read(ref _logStart)) is { } words && words.Contains(LogGone, StringComparison.Ordinal))
        {
            LogIsGone = true;
            _last = $"{upstream} no longer has the log that this member needs: it must be cloned anew";
        }

        return _last;
    }

    /// <summary>Who has it not, and what pgBackRest says of that.</summary>
    private static string Told(string reason) =>
        reason.Split(": ", 2) is [var who, var said] ? $"{who}: {BackRestRun.ShortWithCause(said)}" : reason;

    /// <summary>
    /// The piece of log that was asked for last and that nobody has archived, when the upstream has been asked for the same and has not got it either. Then
    /// why, as far as more is to be said.
    /// </summary>
    private string[]? MissingEverywhere() =>
        AtomicFile.ReadOrNull(layout.FeedMissing)?.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            is [{ Length: > LogNames.SegmentDigits } piece, ..] told &&
        ServerLog.LastLine(layout, Interlocked.Read(ref _logStart), LogGone) is { } words &&
        words.Contains(piece[^LogNames.SegmentDigits..], StringComparison.Ordinal) ? told : null;
}
