using Holdfast.Agent.Records;
using Holdfast.Agent.Sites;
using Holdfast.Core.Failover;
using Holdfast.Core.Quorum;

namespace Holdfast.Agent.Tests.Records;

public class RecordCodecTests
{
    private static readonly GroupRecord Sample = new()
    {
        Epoch = 7,
        Primary = "a",
        Sync = new SyncRule(["b", "c"], 1),
        Mode = ProtectionMode.ZeroLoss,
        SystemId = "7710819898254454116",
        Lineage = [new LineageEntry(1, 1, Lsn.Zero), new LineageEntry(7, null, Lsn.Parse("1/4000198"))],
        Paused = true,
        Stamp = 3,
    };

    [Fact]
    public void A_record_comes_back_as_it_was() => RecordCodec.Decode(RecordCodec.Encode(Sample)).ShouldBe(Sample);

    [Fact]
    public void A_record_being_born_comes_back_as_it_was()
    {
        var born = new GroupRecord { Epoch = 1, Primary = "a" };
        RecordCodec.Decode(RecordCodec.Encode(born)).ShouldBe(born);
    }

    [Fact]
    public void A_newer_format_is_refused_with_the_remedy()
    {
        var newer = RecordCodec.Encode(Sample).Replace("\"format\":1", "\"format\":99", StringComparison.Ordinal);
        Should.Throw<RecordException>(() => RecordCodec.Decode(newer)).Message.ShouldContain("format 99");
    }

    [Fact]
    public void An_unknown_field_is_refused_because_it_may_matter()
    {
        var odd = RecordCodec.Encode(Sample).Replace("\"epoch\"", "\"witness\":true,\"epoch\"", StringComparison.Ordinal);
        Should.Throw<RecordException>(() => RecordCodec.Decode(odd));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{\"format\":1}")]
    public void What_is_not_a_record_is_refused(string text) => Should.Throw<RecordException>(() => RecordCodec.Decode(text)).Message.ShouldNotContain("\n");

    [Theory]
    [InlineData("garbage", "it is not JSON (line 1, column 1)")]
    [InlineData("{\n  \"epoch\": x }", "it is not JSON (line 2, column 12)")]
    [InlineData("{\"format\":1,\"epoch\":\"seven\"}", "it is corrupt (what is at epoch is not what belongs there: line 1, column 28)")]
    public void What_is_damaged_is_named_by_its_place_as_people_count(string text, string message)
    {
        Should.Throw<RecordException>(() => RecordCodec.Decode(text)).Message.ShouldBe(message);
        if (message.Contains("JSON", StringComparison.Ordinal))
        {
            Should.Throw<RecordException>(() => SiteCodec.DecodeRecord(text)).Message.ShouldBe(message);
        }
    }

    [Theory]
    [InlineData("\"epoch\":7", "\"epoch\":0")]
    [InlineData("\"primary\":\"a\"", "\"primary\":\"b\"")]
    [InlineData("\"primary\":\"a\"", "\"primary\":\"\"")]
    [InlineData("\"acks\":1", "\"acks\":3")]
    [InlineData("\"acks\":1", "\"acks\":0")]
    [InlineData("\"mode\":\"zero-loss\"", "\"mode\":\"unprotected\"")]
    [InlineData("\"mode\":\"zero-loss\"", "\"mode\":\"fine\"")]
    [InlineData("\"fork\":\"1/4000198\"", "\"fork\":\"soon\"")]
    [InlineData("\"candidates\":[\"b\",\"c\"]", "\"candidates\":null")]
    [InlineData("\"epoch\":1,", "\"epoch\":9,")]
    public void A_record_that_contradicts_itself_is_refused(string from, string to)
    {
        var text = RecordCodec.Encode(Sample);
        text.ShouldContain(from);
        Should.Throw<RecordException>(() => RecordCodec.Decode(text.Replace(from, to, StringComparison.Ordinal)));
    }

    [Fact]
    public void A_promise_comes_back_with_the_revision_of_its_key() =>
        RecordCodec.DecodePromise(RecordCodec.Encode(new Promise(8, "b", new LogPosition(2, Lsn.Parse("0/500")))), 41)
            .ShouldBe(new Promise(8, "b", new LogPosition(2, Lsn.Parse("0/500")), 41));

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("{\"epoch\":8,\"member\":\"b\",\"timeline\":2,\"lsn\":\"far\"}")]
    public void A_promise_that_cannot_be_read_is_not_counted(string text) => RecordCodec.DecodePromise(text, 1).ShouldBeNull();
}
