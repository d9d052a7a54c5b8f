using Holdfast.Agent.Api.Sites;
using Holdfast.Agent.Sites;
using Holdfast.Coordination;
using Holdfast.Coordination.InMemory;
using Holdfast.Coordination.Mirror;
using Holdfast.Core.Failover;
using Holdfast.Core.Sites;
using MoveKind = Holdfast.Core.Sites.MoveKind;

namespace Holdfast.Agent.Tests.Sites;

/// <summary>What an operator asks for while a move is on its way.</summary>
public sealed class SiteControlTests : IAsyncDisposable
{
    private static readonly SiteKeys Keys = new("prod", "orders");
    private static readonly SitePolicy Policy = new() { Mine = "ber", Other = "fra", First = "fra" };
    private readonly InMemoryCoordination _coordination = new(new InMemoryStore(TimeProvider.System));
    private readonly SiteControl _control;

    public SiteControlTests() => _control = new SiteControl(
        Keys, Policy, _coordination, new PrefixMirror(_coordination, Keys.Prefix, TimeProvider.System), TimeProvider.System, () => Guid.NewGuid().ToString("N"));

    private static CancellationToken None => CancellationToken.None;

    public ValueTask DisposeAsync() => _coordination.DisposeAsync();

    [Fact]
    public async Task A_move_that_waits_for_what_its_new_site_lacks_goes_on_when_the_loss_is_accepted_as_its_words_say()
    {
        await StoreAsync(StepKind.Promote);
        // SITE.short: "to go on without: holdfast failover --site ber --accept-data-loss"
        var taken = await _control.RequestAsync(Failover("ber", acceptDataLoss: true), None);
        taken.Accepted.ShouldBeTrue(taken.Message);
        taken.Id.ShouldBe("m", "the same move goes on, and is to be followed");
        var move = (await PictureAsync()).Move!;
        move.AcceptDataLoss.ShouldBeTrue();
        move.RequestedBy.ShouldBe("holdfast, loss accepted by ana");
        move.TakenAt.ShouldBe(new LogPosition(1, Lsn.Parse("0/840")));
        (await PictureAsync()).Record!.Owed.ShouldBeNull();

        (await _control.RequestAsync(Failover("ber", acceptDataLoss: true), None)).Accepted.ShouldBeFalse("it has been accepted");
    }

    [Theory]
    [InlineData(StepKind.Promote, "ber", false)]
    [InlineData(StepKind.Fence, "ber", true)]
    [InlineData(StepKind.Fence, "fra", true)]
    public async Task Nothing_else_may_be_asked_while_a_move_is_on_its_way(StepKind at, string to, bool acceptDataLoss)
    {
        await StoreAsync(at);
        var before = (await PictureAsync()).MoveRevision;
        var refused = await _control.RequestAsync(Failover(to, acceptDataLoss), None);
        refused.Accepted.ShouldBeFalse();
        refused.Message.ShouldContain("a failover to ber is on its way");
        (await PictureAsync()).MoveRevision.ShouldBe(before);
    }

    [Fact]
    public async Task A_store_can_be_taken_back_from_a_site_that_has_had_no_primary_yet()
    {
        await StoreAsync(StepKind.Promote);

        var taken = await _control.RequestAsync(Failover("fra", acceptDataLoss: true), None);

        taken.Accepted.ShouldBeTrue(taken.Message);
        (await PictureAsync()).Move.ShouldNotBeNull().To.ShouldBe("fra");
    }

    [Fact]
    public async Task What_the_new_site_must_have_stays_owed_when_the_store_is_to_be_taken_back_and_can_be_waived_all_the_same()
    {
        await StoreAsync(StepKind.Promote);
        (await _control.RequestAsync(Failover("fra", acceptDataLoss: false), None)).Accepted.ShouldBeTrue();
        var picture = await PictureAsync();
        picture.Record!.Owed.ShouldBe(new LogPosition(1, Lsn.Parse("0/840")), "a move that is only asked for waives nothing");

        // Its check refuses it; ber waits on, and the move that took the store is history.
        await _coordination.TransactAsync(
            SiteTransactions.WriteBoth(
                Keys, picture, picture.Record with { State = SiteState.Steady }, picture.Move! with { State = MoveState.Failed, Result = "refused" }), None);
        var waived = await _control.RequestAsync(Failover("ber", acceptDataLoss: true), None);
        waived.Accepted.ShouldBeTrue(waived.Message);
        (await PictureAsync()).Record!.Owed.ShouldBeNull();
        (await PictureAsync()).Move!.To.ShouldBe("fra");
        (await _control.RequestAsync(Failover("ber", acceptDataLoss: true), None)).Message.ShouldBe("ber is the active site already");
    }

    private static SiteMoveRequest Failover(string to, bool acceptDataLoss) => new("failover", to, acceptDataLoss, null, "ana");

    private async Task<SitePicture> PictureAsync() =>
        SitePicture.Read(Keys, Policy, (await _coordination.ReadAsync(Keys.Prefix, None)).Keys);

    private async Task StoreAsync(StepKind at)
    {
        var steps = SiteMove.StepsOf(MoveKind.Failover, false, false, true);
        var move = new SiteMove
        {
            Id = "m",
            Kind = MoveKind.Failover,
            From = "fra",
            To = "ber",
            RequestedBy = "holdfast",
            Steps = [.. steps.Select(step => step.Kind < at ? step with { State = StepState.Done }
                : step.Kind == at ? step with { State = StepState.Running } : step)],
            TakenAt = at > StepKind.Take ? new LogPosition(1, Lsn.Parse("0/840")) : null,
        };
        var record = new SiteRecord
        {
            Epoch = at > StepKind.Take ? 2 : 1,
            ActiveSite = at > StepKind.Take ? "ber" : "fra",
            Owed = move.TakenAt,
        }.Begin("m");
        (await _coordination.TransactAsync(
            new Transaction([], [new Operation.Put(Keys.Record, SiteCodec.Encode(record)), new Operation.Put(Keys.Move, SiteCodec.Encode(move))]), None))
            .Succeeded.ShouldBeTrue();
    }
}
