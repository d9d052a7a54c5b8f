using System.Collections.Immutable;
using Holdfast.Core.Quorum;

namespace Holdfast.Core.Failover;

/// <summary>One thing for the agent to do. Each is idempotent, and none is half of another: the next is decided on what is seen afterwards.</summary>
public abstract record MemberAction
{
    private MemberAction() { }

    /// <summary>Nothing to do, or nothing that may be done.</summary>
    public sealed record None : MemberAction;

    /// <summary>Something a person must mend; shown in status until it is gone.</summary>
    public sealed record Complain(string Problem) : MemberAction;

    /// <summary>Compare-and-swap on "does not exist".</summary>
    public sealed record CreateRecord(GroupRecord Record) : MemberAction;

    /// <summary>Compare-and-swap on the record's revision.</summary>
    public sealed record WriteRecord(GroupRecord Record) : MemberAction;

    public sealed record Initialise : MemberAction;
    public sealed record PrepareAccess : MemberAction;

    /// <summary>Sets the data aside and makes them anew from a backup, up to the aim, on a timeline of their own.</summary>
    public sealed record Restore(long Epoch, RestoreAim Aim) : MemberAction;

    /// <summary>Puts back what a restore of this epoch has set aside, if it has, and forgets it.</summary>
    public sealed record PutBack(long Epoch) : MemberAction;

    /// <param name="Upstream">Standby only: stream from there at once; null: detached.</param>
    public sealed record Start(MemberRole Role, SyncRule Sync, bool GateOpen, string? Upstream = null) : MemberAction;

    public sealed record Stop(bool Immediate) : MemberAction;
    public sealed record SetSync(SyncRule Rule) : MemberAction;
    public sealed record SetGate(bool Open) : MemberAction;
    public sealed record Attach(string Upstream) : MemberAction;
    public sealed record Detach : MemberAction;

    /// <summary>Follows the upstream and reads what that no longer has from where the store's log is archived.</summary>
    public sealed record Feed(string Upstream) : MemberAction;

    /// <summary>A transaction that also checks that the record is unchanged (R2).</summary>
    public sealed record WritePromise(long Epoch, LogPosition Position) : MemberAction;

    /// <summary>Takes the promise back, in a transaction that checks that the record is unchanged, and makes one in flight fail.</summary>
    public sealed record WithdrawPromise : MemberAction;

    /// <summary>One transaction that compares the record's revision and that of each counted promise (R3).</summary>
    /// <param name="LeaseMustBeGone">R6: the transaction also checks that no primary's lease exists.</param>
    public sealed record Elect(GroupRecord Record, ImmutableArray<Promise> Counted, bool LeaseMustBeGone) : MemberAction;

    public sealed record Promote : MemberAction;

    /// <summary>Tells the candidates that this primary acknowledges nothing more, so that they need not wait (R7, R9).</summary>
    public sealed record HandOver(long Epoch) : MemberAction;

    public sealed record CloneFrom(string Upstream) : MemberAction;
    public sealed record Salvage(LogPosition From) : MemberAction;
    public sealed record Rewind(string Upstream) : MemberAction;
    public sealed record Checkpoint(string RequestId) : MemberAction;

    /// <summary>
    /// Takes the primary's lease in a transaction that also checks that the record is unchanged: who has been deposed gets none (R6).
    /// </summary>
    public sealed record AcquireLease : MemberAction;

    /// <summary>Takes the site lease in the global scope, in a transaction that also checks that the site record is unchanged.</summary>
    public sealed record AcquireSiteLease : MemberAction;

    /// <summary>Writes the member's memory to its disk.</summary>
    public sealed record Remember(MemberMemory Memory) : MemberAction;

    public sealed record CloseRequest(string Id, bool Done, string Outcome) : MemberAction;
}

/// <summary>What a rule says: which rule, why, and what to do.</summary>
public sealed record Decision(string Rule, string Reason, MemberAction Action);
