namespace Holdfast.Engines.PostgreSql.Server;

/// <summary>What has been learnt about the present run of the server; forgotten when another run begins.</summary>
internal sealed class RunMemory
{
    private readonly Lock _lock = new();
    private string? _runId;
    private bool _hasAnswered;
    private bool _hasReadAllLog;
    private bool _checkpointerReady;
    private long _provenGeneration = -1;

    /// <summary>What the run before did is forgotten.</summary>
    public void Begin(string runId) => Of(runId, () => true);

    /// <summary>The run that was asked about last has answered.</summary>
    public bool LastHasAnswered
    {
        get
        {
            lock (_lock)
            {
                return _hasAnswered;
            }
        }
    }

    public bool HasAnswered(string runId) => Of(runId, () => _hasAnswered);
    public bool HasReadAllLog(string runId) => Of(runId, () => _hasReadAllLog);
    public bool CheckpointerReady(string runId) => Of(runId, () => _checkpointerReady);
    /// <summary>The newest generation of the settings that the main process is known to have taken up; -1: none.</summary>
    public long ProvenGeneration(string runId) => Of(runId, () => _provenGeneration);

    public void Answered(string runId) => Of(runId, () => _hasAnswered = true);
    public void ReadAllLog(string runId) => Of(runId, () => _hasReadAllLog = true);
    /// <summary>More log has come, or may have, in other ways than by a receiver: what was read of it is to be learnt again.</summary>
    public void ForgetAllLog(string runId) => Of(runId, () => _hasReadAllLog = false);
    public void SawCheckpointerReady(string runId) => Of(runId, () => _checkpointerReady = true);
    public void Proved(string runId, long generation) => Of(runId, () => _provenGeneration = Math.Max(_provenGeneration, generation));

    private T Of<T>(string runId, Func<T> access)
    {
        lock (_lock)
        {
            if (_runId != runId)
            {
                (_runId, _hasAnswered, _hasReadAllLog, _checkpointerReady, _provenGeneration) = (runId, false, false, false, -1);
            }

            return access();
        }
    }
}
