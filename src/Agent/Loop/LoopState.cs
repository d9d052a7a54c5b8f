using Holdfast.Agent.Records;
using Holdfast.Core.Failover;

namespace Holdfast.Agent.Loop;

/// <summary>What the loop knows from one look to the next, beside the measured times; written by the loop only.</summary>
internal sealed class LoopState
{
    public required MemberMemory Memory { get; set; }
    public GroupPicture Picture { get; set; } = GroupPicture.Unread;
    public EngineView Engine { get; set; } = EngineView.Nothing;
    /// <summary>A write of ours to the record got no answer.</summary>
    public bool RecordInDoubt { get; set; }
    /// <summary>Store revision of our own last write: a picture older than that must not be decided on.</summary>
    public long WrittenRevision { get; set; }
    /// <summary>The last record seen that named this member as primary; null: none in this run of the agent.</summary>
    public GroupRecord? LastOwn { get; private set; }
    /// <summary>Store revision of the picture.</summary>
    public long MirrorRevision { get; set; }
    /// <summary>What is seen of the record may not be what it is.</summary>
    public bool RecordUncertain => RecordInDoubt || MirrorRevision < WrittenRevision;
    /// <summary>Epoch of a promise of ours that got no answer; 0: none.</summary>
    public long PromiseInDoubt { get; set; }
    /// <summary>Epoch that this primary hands over; 0: it does not.</summary>
    public long HandsOverEpoch { get; set; }
    /// <summary>Monotonic timestamp before the engine was asked for what it said last.</summary>
    public long LookedAt { get; set; }
    /// <summary>The last fault of an action, for status, until something else is decided; null: none.</summary>
    public string? Fault { get; set; }

    /// <summary>Settles doubts that what is now seen has answered.</summary>
    /// <remarks>
    /// What the agent's run before this one wrote last may still be in flight, so the first record that is read starts with the doubts of its
    /// role; one transaction of R1.settle or R2.settle ends them.
    /// </remarks>
    public void Take(GroupPicture picture, string me)
    {
        var epoch = picture.Record?.Epoch ?? 0;
        if (Picture.State == RecordState.Unknown && picture.Record is { } first)
        {
            RecordInDoubt = first.Primary == me;
            PromiseInDoubt = first.Primary == me ? 0 : epoch + 1;
        }

        Picture = picture;
        LastOwn = picture.Record?.Primary == me ? picture.Record : LastOwn;
        if (PromiseInDoubt != 0 && (epoch >= PromiseInDoubt || (picture.Promises.TryGetValue(me, out var mine) && mine.Epoch == PromiseInDoubt)))
        {
            PromiseInDoubt = 0; // It stands, or the record it compared is gone.
        }

        if (picture.Record?.Primary != me || epoch != HandsOverEpoch)
        {
            HandsOverEpoch = 0;
        }
    }
}
