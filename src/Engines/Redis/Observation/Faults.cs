using System.Collections.Immutable;
using Holdfast.Engines.Redis.Files;
using Holdfast.Engines.Redis.Replication;
using Holdfast.Engines.Redis.Server;

namespace Holdfast.Engines.Redis.Observation;

/// <summary>The last fault that was met, with its remedy, until the server is well again.</summary>
internal sealed class Faults(Layout layout)
{
    private volatile string? _last;
    private long _logStart = LogFile.Length(layout.ServerLog);
    private volatile bool _unexpectedEnd;
    private ImmutableArray<string> _pending = [];

    public string? Last => _last;

    /// <summary>Settings of the user's that the running server could not take up.</summary>
    public ImmutableArray<string> PendingRestart
    {
        get => _pending;
        set => _pending = value;
    }

    public void Set(string fault) => _last = fault;

    /// <summary>A new run begins: what the log held before is not about it.</summary>
    public void Begin()
    {
        _last = null;
        _unexpectedEnd = false;
        _pending = [];
        Interlocked.Exchange(ref _logStart, LogFile.Length(layout.ServerLog));
    }

    /// <summary>The server ended; if nobody asked it to, its log may say why.</summary>
    public void Ended(bool asked) => _unexpectedEnd = !asked;

    public string? OfStopped()
    {
        if (_unexpectedEnd)
        {
            _unexpectedEnd = false;
            _last = ServerLog.ExplainExit(ServerPlace.OfMember(layout), Interlocked.Read(ref _logStart));
        }

        return _last;
    }

    public string? OfRunning(ServerInfo info) => _last = DiskFault.Describe(layout.Data)
        ?? (info.LogFails ? $"the server cannot write its log in {layout.Data}, and accepts no writes: see {layout.ServerLog}" : null);
}
