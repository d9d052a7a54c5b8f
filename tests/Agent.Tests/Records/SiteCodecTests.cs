using System.Collections.Immutable;
using Holdfast.Agent.Records;
using Holdfast.Agent.Sites;
using Holdfast.Coordination;
using Holdfast.Core.Failover;
using Holdfast.Core.Sites;

namespace Holdfast.Agent.Tests.Records;

/// <summary>Whatever somebody may have put under a store's global keys, an agent says what is wrong and goes on.</summary>
public sealed class SiteCodecTests
{
    private static readonly SiteKeys Keys = new("prod", "orders");
    private static readonly SitePolicy Policy = new() { Mine = "fra", Other = "ber", First = "fra" };

    private static readonly SiteRecord Record = new SiteRecord
    {
        Epoch = 2,
        ActiveSite = "fra",
        Owed = new LogPosition(1, Lsn.Parse("0/840")),
        Reason = "switchover by ana",
    }.Begin("m");

    private static readonly SiteCard Card = new()
    {
        Site = "fra",
        Epoch = 1_000_001,
        Leader = "a",
        SystemId = "7710819898254454116",
        Lineage = [new LineageEntry(1, 1, Lsn.Zero), new LineageEntry(1_000_001, null, Lsn.Parse("1/4000198"))],
        Serving = true,
        Position = new LogPosition(2, Lsn.Parse("1/4000300")),
        Clock = 1_700_000_000_000,
        Beat = 9,
    };

    private static readonly SiteMove Move = new()
    {
        Id = "m",
        Kind = MoveKind.Failover,
        From = "fra",
        To = "ber",
        RequestedBy = "ana",
        Steps = SiteMove.StepsOf(MoveKind.Failover, true, true, true),
        TakenAt = new LogPosition(1, Lsn.Parse("0/840")),
    };

    [Fact]
    public void All_three_come_back_as_they_were()
    {
        SiteCodec.DecodeRecord(SiteCodec.Encode(Record)).ShouldBe(Record);
        SiteCodec.DecodeCard(SiteCodec.Encode(Card)).ShouldBe(Card);
        var move = SiteCodec.DecodeMove(SiteCodec.Encode(Move));
        move.Steps.ShouldBe(Move.Steps);
        (move with { Steps = Move.Steps }).ShouldBe(Move);
    }

    [Theory]
    [InlineData("\"activeSite\":\"fra\"", "\"activeSite\":null")]
    [InlineData("\"activeSite\":\"fra\"", "\"activeSite\":\"\"")]
    [InlineData("\"activeSite\":\"fra\"", "\"activeSite\":\"muc\"")]
    [InlineData("\"epoch\":2", "\"epoch\":0")]
    [InlineData("\"epoch\":2", "\"epoch\":9223372036854775807")]
    [InlineData("\"state\":\"moving\"", "\"state\":null")]
    [InlineData("\"owedTimeline\":1,", "")]
    [InlineData("\"owedLsn\":\"0/840\"", "\"owedLsn\":\"far\"")]
    [InlineData("\"format\":1", "\"format\":2")]
    [InlineData("\"format\":1", "\"format\":\"1\"")]
    [InlineData("\"format\":1", "\"format\":null")]
    [InlineData("\"format\":1", "\"format\":1,\"format\":1.5")]
    public void A_damaged_site_record_is_unreadable(string what, string by) => IsUnreadable(Keys.Record, SiteCodec.Encode(Record), what, by);

    [Theory]
    [InlineData("\"lineage\":[", "\"lineage\":[null,")]
    [InlineData("\"lineage\":[", "\"lineage\":null,\"beat\":[")]
    [InlineData("\"fork\":\"0/0\"", "\"fork\":null")]
    [InlineData("\"fork\":\"0/0\"", "\"fork\":\"0/FFFFFFFFFFFFFFFFF\"")]
    [InlineData("\"leader\":\"a\"", "\"leader\":null")]
    [InlineData("\"site\":\"fra\"", "\"site\":null")]
    [InlineData("\"lsn\":\"1/4000300\"", "\"lsn\":\"here\"")]
    [InlineData("\"timeline\":2", "\"timeline\":-2")]
    [InlineData("\"epoch\":1000001,\"leader\"", "\"epoch\":9,\"leader\"")]
    [InlineData("[{\"epoch\":1,\"timeline\":1,", "[{\"epoch\":1000001,\"timeline\":2,")]
    public void A_damaged_card_is_unreadable(string what, string by) => IsUnreadable(Keys.Card("fra"), SiteCodec.Encode(Card), what, by);

    /// <summary>As Lineage.Close writes it where a primary of that epoch had promoted and died before it could tell.</summary>
    [Fact]
    public void A_timeline_that_came_and_went_is_part_of_a_lineage()
    {
        var told = Lineage.Close(
            [new LineageEntry(1, 1, Lsn.Zero), new LineageEntry(1_000_001, null, new Lsn(0x700))], 3,
            [new TimelineStart(2, new Lsn(0x700)), new TimelineStart(3, new Lsn(0x700))], 1_000_001);
        told.Select(entry => entry.Epoch).ShouldBe([1, 1_000_001, 1_000_001]);
        var card = Card with { Lineage = told };
        SiteCodec.DecodeCard(SiteCodec.Encode(card)).ShouldBe(card);
    }

    [Fact]
    public void A_card_without_a_lineage_is_unreadable()
    {
        var text = SiteCodec.Encode(Card);
        var (from, to) = (text.IndexOf("[{", StringComparison.Ordinal), text.IndexOf("}]", StringComparison.Ordinal));
        IsUnreadable(Keys.Card("fra"), text, text[from..(to + 2)], "null");
        IsUnreadable(Keys.Card("fra"), text, text[from..(to + 2)], "[]");
    }

    [Theory]
    [InlineData("\"steps\":[", "\"steps\":[null,")]
    [InlineData("\"step\":\"check\"", "\"step\":null")]
    [InlineData("\"kind\":\"failover\"", "\"kind\":\"flight\"")]
    [InlineData("\"from\":\"fra\"", "\"from\":null")]
    [InlineData("\"to\":\"ber\"", "\"to\":\"muc\"")]
    [InlineData("\"id\":\"m\"", "\"id\":null")]
    [InlineData("\"takenLsn\":\"0/840\"", "\"takenLsn\":\"\"")]
    public void A_damaged_move_is_unreadable(string what, string by) => IsUnreadable(Keys.Move, SiteCodec.Encode(Move), what, by);

    private static void IsUnreadable(string key, string text, string what, string by)
    {
        text.ShouldContain(what);
        Read(key, text).State.ShouldNotBe(RecordState.Unreadable);
        var picture = Read(key, text.Replace(what, by, StringComparison.Ordinal));
        picture.State.ShouldBe(RecordState.Unreadable);
        picture.Problem!.ShouldContain(key);
        picture.Problem!.ShouldNotContain("\n");
    }

    private static SitePicture Read(string key, string text) => SitePicture.Read(
        Keys, Policy, ImmutableSortedDictionary<string, KeyValue>.Empty.Add(key, new KeyValue(key, System.Text.Encoding.UTF8.GetBytes(text), 5, 5, 0)));
}
