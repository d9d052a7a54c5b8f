using System.Collections.Immutable;
using Holdfast.Agent.Loop;
using Holdfast.Agent.Records;
using Holdfast.Core.Failover;

namespace Holdfast.Agent.Tests.Loop;

public class LoopStateTests
{
    [Fact]
    public void The_first_record_that_is_read_leaves_the_primary_in_doubt_about_what_it_wrote_before()
    {
        var state = new LoopState { Memory = new MemberMemory() };
        state.Take(Picture(epoch: 3, primary: "a"), "a");
        state.RecordInDoubt.ShouldBeTrue();
        state.PromiseInDoubt.ShouldBe(0);
    }

    [Fact]
    public void The_first_record_that_is_read_leaves_a_standby_in_doubt_about_a_promise()
    {
        var state = new LoopState { Memory = new MemberMemory() };
        state.Take(Picture(epoch: 3, primary: "a"), "b");
        state.RecordInDoubt.ShouldBeFalse();
        state.PromiseInDoubt.ShouldBe(4);
    }

    [Fact]
    public void A_doubtful_promise_that_is_seen_to_stand_is_no_doubt_any_more()
    {
        var state = Settled();
        state.PromiseInDoubt = 4;
        state.Take(Picture(3, "a", new Promise(4, "b", new LogPosition(1, new Lsn(5)), 9)), "b");
        state.PromiseInDoubt.ShouldBe(0);
    }

    [Fact]
    public void A_doubtful_promise_for_an_epoch_that_has_come_can_no_longer_take_effect()
    {
        var state = Settled();
        state.PromiseInDoubt = 4;
        state.Take(Picture(4, "c"), "b");
        state.PromiseInDoubt.ShouldBe(0);
    }

    [Fact]
    public void A_doubtful_promise_that_is_not_seen_stays_in_doubt()
    {
        var state = Settled();
        state.PromiseInDoubt = 4;
        state.Take(Picture(3, "a"), "b");
        state.PromiseInDoubt.ShouldBe(4);
    }

    [Fact]
    public void A_picture_older_than_the_last_write_is_uncertain()
    {
        var state = Settled();
        state.WrittenRevision = 12;
        state.MirrorRevision = 11;
        state.RecordUncertain.ShouldBeTrue();
        state.MirrorRevision = 12;
        state.RecordUncertain.ShouldBeFalse();
    }

    [Fact]
    public void Handing_over_ends_with_the_epoch()
    {
        var state = Settled();
        state.HandsOverEpoch = 3;
        state.Take(Picture(3, "b"), "b");
        state.HandsOverEpoch.ShouldBe(3);
        state.Take(Picture(4, "c"), "b");
        state.HandsOverEpoch.ShouldBe(0);
    }

    private static LoopState Settled()
    {
        var state = new LoopState { Memory = new MemberMemory() };
        state.Take(Picture(3, "a"), "b");
        state.PromiseInDoubt = 0;
        return state;
    }

    private static GroupPicture Picture(long epoch, string primary, params Promise[] promises) => GroupPicture.Unread with
    {
        State = RecordState.Present,
        Record = new GroupRecord { Epoch = epoch, Primary = primary },
        RecordRevision = 7,
        Promises = promises.ToImmutableSortedDictionary(promise => promise.Member, promise => promise, StringComparer.Ordinal),
    };
}
