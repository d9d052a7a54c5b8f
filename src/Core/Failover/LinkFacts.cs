namespace Holdfast.Core.Failover;

/// <summary>The log that this server keeps for another member.</summary>
/// <param name="Member">For whom.</param>
/// <param name="Active">The member is connected here and uses it.</param>
/// <param name="Backlog">Bytes of log from what is kept to the end of this server's own. Null: nothing is kept (never used, or lost).</param>
/// <param name="Lost">The bound was passed and log has been removed: by streaming from here the member can never catch up.</param>
/// <param name="Room">Bytes until the bound, 0 when it is passed. Null: nothing is kept.</param>
public sealed record SlotView(string Member, bool Active, long? Backlog, bool Lost, long? Room);

/// <summary>The archive as this server fills it.</summary>
/// <param name="LastArchived">The piece of log that was last copied, by its file's name. Null: none yet since the statistics began.</param>
/// <param name="FailingFor">How long copying has failed or hung, as far as this agent has seen. Null: it works, or has nothing to do.</param>
/// <param name="Waiting">How many complete pieces wait to be copied.</param>
/// <param name="GivenUp">The last piece that was not copied because too many waited: the archive has a gap there. Null: none.</param>
public sealed record ArchiveView(string? LastArchived, TimeSpan? FailingFor, int Waiting, string? GivenUp)
{
    /// <summary>Bytes of the pieces that wait.</summary>
    public long WaitingBytes { get; init; }
    /// <summary>How long the oldest of them has waited. Null: none waits.</summary>
    public TimeSpan? OldestWaitingFor { get; init; }
    /// <summary>Attempts that failed since the server's statistics began.</summary>
    public long Failures { get; init; }
    /// <summary>What the last attempt that failed said. Null: the last one did not fail.</summary>
    public string? LastError { get; init; }
}
