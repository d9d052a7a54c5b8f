using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Text;
using Holdfast.Core;

namespace Holdfast.Agent.Logging;

/// <summary>How grave a line is.</summary>
public enum EventLevel { Debug, Info, Warning, Error }

/// <summary>
/// One-line structured logs in logfmt. Thread-safe. Lines are written by a thread of its own: a reader that has stopped reading must not
/// stop the agent; when too many lines wait, new ones are dropped and the drop is told afterwards.
/// </summary>
public sealed class EventLog : IDisposable
{
    private const int MaxWaiting = 4096;
    private static readonly TimeSpan DisposeDeadline = TimeSpan.FromSeconds(2);
    private readonly Stream _output;
    private readonly Stream _errors;
    private readonly TimeProvider _time;
    private readonly string? _member;
    private readonly bool _prefixes;
    private readonly EventLevel _least;
    private readonly BlockingCollection<Entry> _waiting = new(MaxWaiting);
    private readonly Thread? _writer;
    private readonly Action<string, string>? _direct;
    private ImmutableArray<string> _hidden = [];
    private long _dropped;

    /// <param name="output">For debug and info lines.</param>
    /// <param name="errors">For warnings and errors; may be the same.</param>
    /// <param name="priorityPrefixes">Begin each line with its priority as the journal reads it, <c>&lt;6&gt;</c>.</param>
    public EventLog(Stream output, Stream errors, TimeProvider time, string? member, bool priorityPrefixes, EventLevel least = EventLevel.Info)
    {
        _output = output;
        _errors = errors;
        _time = time;
        _member = member;
        _prefixes = priorityPrefixes;
        _least = least;
        _writer = new Thread(WriteLines) { Name = "holdfast-log", IsBackground = true };
        _writer.Start();
    }

    /// <summary>Without a thread: each line goes to <paramref name="direct"/> as event and message, on the thread that writes it.</summary>
    /// <param name="direct">Null: nothing is logged.</param>
    internal EventLog(TimeProvider time, Action<string, string>? direct)
    {
        (_output, _errors, _time, _direct) = (Stream.Null, Stream.Null, time, direct);
        _least = EventLevel.Info;
        _waiting.CompleteAdding();
    }

    /// <summary>To this process's standard output and error; with priority prefixes when they go to the journal.</summary>
    public static EventLog ForProcess(TimeProvider time, string? member, EventLevel least = EventLevel.Info) =>
        new(Console.OpenStandardOutput(), Console.OpenStandardError(), time, member,
            !string.IsNullOrEmpty(Environment.GetEnvironmentVariable("JOURNAL_STREAM")), least);

    /// <summary>From now on this text is replaced by stars in every line, wherever it comes from.</summary>
    public void Hide(Secret secret)
    {
        if (secret.Reveal().Length > 0)
        {
            ImmutableInterlocked.Update(ref _hidden, (hidden, text) => hidden.Contains(text) ? hidden : hidden.Add(text), secret.Reveal());
        }
    }

    /// <summary>Writes one line; null fields are left out.</summary>
    public void Write(EventLevel level, string @event, string message, params ReadOnlySpan<(string Key, object? Value)> fields)
    {
        if (level < _least || _waiting.IsAddingCompleted)
        {
            if (level >= _least)
            {
                _direct?.Invoke(@event, message);
            }

            return;
        }

        var line = new LogLine(_prefixes ? level : null, _hidden);
        line.Add("time", _time.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'"));
        line.Add("level", Name(level));
        line.Add("member", _member);
        line.Add("event", @event);
        foreach (var (key, value) in fields)
        {
            line.Add(key, value);
        }

        line.Add("msg", message);
        Queue(new Entry(level >= EventLevel.Warning ? _errors : _output, line.End(), null));
    }

    public void Debug(string @event, string message, params ReadOnlySpan<(string Key, object? Value)> fields) =>
        Write(EventLevel.Debug, @event, message, fields);

    public void Info(string @event, string message, params ReadOnlySpan<(string Key, object? Value)> fields) =>
        Write(EventLevel.Info, @event, message, fields);

    public void Warning(string @event, string message, params ReadOnlySpan<(string Key, object? Value)> fields) =>
        Write(EventLevel.Warning, @event, message, fields);

    public void Error(string @event, string message, params ReadOnlySpan<(string Key, object? Value)> fields) =>
        Write(EventLevel.Error, @event, message, fields);

    /// <summary>Waits until all lines so far are written. False: not within the deadline.</summary>
    public bool Flush(TimeSpan deadline)
    {
        var written = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var begun = _time.GetTimestamp();
        return !_waiting.IsAddingCompleted && _waiting.TryAdd(new Entry(null, [], written), deadline) &&
            written.Task.Wait(Max(deadline - _time.GetElapsedTime(begun), TimeSpan.Zero));
    }

    /// <summary>Writes what waits, for two seconds at most. The streams stay open: they belong to the caller.</summary>
    public void Dispose()
    {
        if (!_waiting.IsAddingCompleted)
        {
            _waiting.CompleteAdding();
            _writer?.Join(DisposeDeadline);
        }
    }

    private static string Name(EventLevel level) => level switch
    {
        EventLevel.Debug => "debug",
        EventLevel.Info => "info",
        EventLevel.Warning => "warning",
        _ => "error",
    };

    private static TimeSpan Max(TimeSpan left, TimeSpan right) => left > right ? left : right;

    private void Queue(Entry entry)
    {
        try
        {
            if (!_waiting.TryAdd(entry))
            {
                Interlocked.Increment(ref _dropped);
            }
        }
        catch (InvalidOperationException)
        {
            // Disposed between the look and the add: a line after the end has no place to go.
        }
    }

    private void WriteLines()
    {
        foreach (var entry in _waiting.GetConsumingEnumerable())
        {
            if (entry.Stream is not null)
            {
                TryWrite(entry.Stream, entry.Line);
            }

            entry.Written?.TrySetResult();
            var dropped = Interlocked.Exchange(ref _dropped, 0);
            if (dropped > 0)
            {
                Write(EventLevel.Warning, "log-dropped", "the reader of this log was too slow", ("lines", dropped));
            }
        }
    }

    private void TryWrite(Stream stream, byte[] line)
    {
        try
        {
            stream.Write(line);
            stream.Flush();
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or UnauthorizedAccessException)
        {
            // A closed pipe or a full disk. There is no better place to say so, and the agent must go on; the next line that passes tells.
            Interlocked.Increment(ref _dropped);
        }
    }

    private sealed record Entry(Stream? Stream, byte[] Line, TaskCompletionSource? Written);
}
