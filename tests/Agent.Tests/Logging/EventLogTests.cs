using System.Text;
using Holdfast.Agent.Logging;
using Holdfast.Core;

namespace Holdfast.Agent.Tests.Logging;

public sealed class EventLogTests : IDisposable
{
    private readonly MemoryStream _output = new();
    private readonly MemoryStream _errors = new();
    private readonly EventLog _log;

    public EventLogTests() => _log = new EventLog(_output, _errors, new FixedTime(), "orders-fra-1", priorityPrefixes: false);

    public void Dispose() => _log.Dispose();

    [Fact]
    public void A_line_has_time_level_member_event_fields_and_message_in_this_order()
    {
        _log.Info("started", "the agent is up", ("port", 8008), ("took", TimeSpan.FromMilliseconds(12.5)), ("none", null), ("ok", true));

        Written(_output).ShouldBe(
            "time=2026-03-01T12:30:45.678Z level=info member=orders-fra-1 event=started port=8008 took=12.5ms ok=true msg=\"the agent is up\"\n");
        Written(_errors).ShouldBe("");
    }

    [Fact]
    public void Warnings_and_errors_go_to_the_errors_and_debug_nowhere_unless_asked_for()
    {
        _log.Debug("detail", "x");
        _log.Warning("late", "x");
        _log.Error("failed", "x");

        Written(_output).ShouldBe("");
        Written(_errors).Split('\n').ShouldSatisfyAllConditions(
            lines => lines[0].ShouldContain("level=warning"), lines => lines[1].ShouldContain("level=error"), lines => lines[2].ShouldBe(""));
    }

    [Theory]
    [InlineData("two\nlines\r\n", "f=\"two\\nlines\\r\\n\"")]
    [InlineData("a \"quote\" and \\", "f=\"a \\\"quote\\\" and \\\\\"")]
    [InlineData("\u001b[31mred\u0007", "f=\"\\u001b[31mred\\u0007\"")]
    [InlineData("line\u2028separator\u202Eturned\u0085", "f=\"line\\u2028separator\\u202eturned\\u0085\"")]
    [InlineData("key=value", "f=\"key=value\"")]
    [InlineData("", "f=\"\"")]
    [InlineData("Zürich", "f=Zürich")]
    public void Whatever_a_value_holds_it_stays_one_field_on_one_line(string value, string expected)
    {
        _log.Info("test", value, ("f", value));

        var line = Written(_output);
        line.ShouldContain(" " + expected + " ");
        line.Count(c => char.IsControl(c)).ShouldBe(1);
        line.ShouldEndWith("\n");
    }

    [Fact]
    public void Secrets_never_appear_wherever_they_come_from()
    {
        _log.Hide(new Secret("pa\"ss word"));

        _log.Info("test", "cannot connect: password=pa\"ss word refused", ("a", new Secret("other")), ("b", "xpa\"ss wordx"));
        _log.Error("test", "x", ("cause", new InvalidOperationException("it was pa\"ss word")));

        (Written(_output) + Written(_errors)).ShouldSatisfyAllConditions(
            text => text.ShouldNotContain("ss word"),
            text => text.ShouldNotContain("other"),
            text => text.ShouldContain("a=*** b=x***x"),
            text => text.ShouldContain("cause=\"InvalidOperationException: it was ***\""));
    }

    [Fact]
    public void Under_the_journal_each_line_begins_with_its_priority()
    {
        using var log = new EventLog(_output, _output, new FixedTime(), null, priorityPrefixes: true, EventLevel.Debug);
        log.Debug("a", "x");
        log.Info("b", "x");
        log.Warning("c", "x");
        log.Error("d", "x");
        log.Dispose();

        Encoding.UTF8.GetString(_output.ToArray()).TrimEnd().Split('\n').Select(line => line[..8]).ShouldBe(
            ["<7>time=", "<6>time=", "<4>time=", "<3>time="]);
    }

    [Fact]
    public void A_reader_that_has_stopped_holds_up_nobody_and_what_was_dropped_is_told()
    {
        using var slow = new StuckStream();
        using var log = new EventLog(slow, slow, TimeProvider.System, null, priorityPrefixes: false);
        for (var line = 0; line < 6000; line++)
        {
            log.Info("flood", "x", ("line", line));
        }

        log.Flush(TimeSpan.FromMilliseconds(50)).ShouldBeFalse();
        slow.Release();

        log.Flush(Await.Long).ShouldBeTrue();
        log.Flush(Await.Long).ShouldBeTrue();
        Encoding.UTF8.GetString(slow.ToArray()).ShouldContain("event=log-dropped lines=");
    }

    [Fact]
    public void A_decision_is_logged_when_it_changes_and_not_at_each_tick()
    {
        var decisions = new DecisionLog(_log);

        decisions.Note("R7.suspect", "silent for 612 ms", 5, reasonKey: "silent").ShouldBeTrue();
        decisions.Note("R7.suspect", "silent for 712 ms", 5, reasonKey: "silent").ShouldBeFalse();
        decisions.Note("R3.elect", "two promises of two", 6).ShouldBeTrue();
        decisions.Note("R3.elect", "two promises of two", 6).ShouldBeFalse();
        decisions.Note("R3.elect", "two promises of two", 7).ShouldBeTrue();
        decisions.Note("R7.suspect", "silent for 800 ms", 5, reasonKey: "silent").ShouldBeTrue();

        var lines = Written(_output).TrimEnd().Split('\n');
        lines.Length.ShouldBe(4);
        lines[1].ShouldEndWith("level=info member=orders-fra-1 event=decision rule=R3.elect epoch=6 msg=\"two promises of two\"");
    }

    private string Written(MemoryStream stream)
    {
        _log.Flush(Await.Long).ShouldBeTrue();
        return Encoding.UTF8.GetString(stream.ToArray());
    }

    private sealed class FixedTime : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => new(2026, 3, 1, 12, 30, 45, 678, TimeSpan.Zero);
    }

    /// <summary>Like a pipe whose reader does not read.</summary>
    private sealed class StuckStream : MemoryStream
    {
        private readonly ManualResetEventSlim _released = new();

        public void Release() => _released.Set();

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            _released.Wait(Await.Long);
            base.Write(buffer);
        }
    }
}
