namespace Holdfast.Core.Tests.Oath;

/// <summary>Duties of the driver, each of which a mutant leaves out to show that it is needed.</summary>
internal sealed record DriverSpec
{
    /// <summary>An election compares the revision of the record and of each promise that it counts.</summary>
    public bool ElectComparesRecord { get; init; } = true;
    public bool ElectComparesPromises { get; init; } = true;
    /// <summary>A write to the record compares its revision.</summary>
    public bool WriteComparesRecord { get; init; } = true;
    /// <summary>An agent that starts takes it that a write of its last incarnation may be in flight.</summary>
    public bool StartsInDoubt { get; init; } = true;
    /// <summary>After a write nothing is decided on an older picture.</summary>
    public bool ReadsItsWrites { get; init; } = true;
    /// <summary>The position of a promise is read after the receiver has stopped.</summary>
    public bool ReadsLsnAfterStop { get; init; } = true;
    /// <summary>The barrier is forgotten with each change of the rule.</summary>
    public bool ForgetsBarrier { get; init; } = true;
    /// <summary>After a clone or rewind the log is of the epoch in which the job began, not of the newest.</summary>
    public bool LogEpochOfJob { get; init; } = true;
    /// <summary>A rewind that finds a fork behind the lineage's is refused.</summary>
    public bool RewindDistrustsNumbers { get; init; } = true;
    /// <summary>A withdrawal makes a promise in flight fail.</summary>
    public bool WithdrawalBumpsGuard { get; init; } = true;
    /// <summary>A standby starts with a rule by which nobody can acknowledge.</summary>
    public bool StandbysAreBlocked { get; init; } = true;

    // Two sites.

    /// <summary>Taking the site lease compares the revision of the site record.</summary>
    public bool SiteLeaseComparesRecord { get; init; } = true;
    /// <summary>The holder's deadline comes before the key's end.</summary>
    public bool SiteLeaseHasMargin { get; init; } = true;
    /// <summary>The holder's deadline counts from before it asked, not from the answer.</summary>
    public bool SiteLeaseCountsFromAsking { get; init; } = true;
    /// <summary>A guard ends the server when the lease has not been renewed, whatever the agent does.</summary>
    public bool SiteGuard { get; init; } = true;
    /// <summary>Writes of the site record and the move compare both revisions.</summary>
    public bool GlobalWritesCompare { get; init; } = true;
    /// <summary>A failover's take compares that there is no site lease.</summary>
    public bool TakeChecksLease { get; init; } = true;
    /// <summary>A card may be as old as the last picture that was known to be current without it.</summary>
    public bool CardAgeFromConfirmation { get; init; } = true;
    /// <summary>A row of the ledger that was written at the other site, under an earlier site epoch, is by another clock.</summary>
    public bool RowsCountUnderTheirEpoch { get; init; } = true;
    /// <summary>A row of the ledger is compared with the clock of the host that wrote it.</summary>
    public bool ClocksOfOneHost { get; init; } = true;
    /// <summary>A card may have been on its way for long: its age is from when it was made.</summary>
    public bool CardAgeFromMaking { get; init; } = true;
}
