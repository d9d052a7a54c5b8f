using Holdfast.Core;

namespace Holdfast.Agent.Logging;

/// <summary>How grave a line is.</summary>
public enum EventLevel { Debug, Info, Warning, Error }

/// <summary>One-line structured logs in logfmt. Thread-safe; never blocks the caller on a slow reader.</summary>
public sealed class EventLog : IDisposable
{
    public EventLog(Stream output, Stream errors, TimeProvider time, string? member, bool priorityPrefixes, EventLevel least = EventLevel.Info) =>
        throw new NotSupportedException("shape only");

    /// <summary>To this process's standard output and error; with sd-daemon prefixes when they go to the journal.</summary>
    public static EventLog ForProcess(TimeProvider time, string? member, EventLevel least = EventLevel.Info) =>
        throw new NotSupportedException("shape only");

    /// <summary>From now on this text is replaced by stars in every line.</summary>
    public void Hide(Secret secret) => throw new NotSupportedException("shape only");

    public void Write(EventLevel level, string @event, string message, params ReadOnlySpan<(string Key, object? Value)> fields) =>
        throw new NotSupportedException("shape only");

    public void Debug(string @event, string message, params ReadOnlySpan<(string Key, object? Value)> fields) =>
        Write(EventLevel.Debug, @event, message, fields);
    public void Info(string @event, string message, params ReadOnlySpan<(string Key, object? Value)> fields) =>
        Write(EventLevel.Info, @event, message, fields);
    public void Warning(string @event, string message, params ReadOnlySpan<(string Key, object? Value)> fields) =>
        Write(EventLevel.Warning, @event, message, fields);
    public void Error(string @event, string message, params ReadOnlySpan<(string Key, object? Value)> fields) =>
        Write(EventLevel.Error, @event, message, fields);

    /// <summary>Waits until all lines so far are written. False: not within the deadline.</summary>
    public bool Flush(TimeSpan deadline) => throw new NotSupportedException("shape only");

    public void Dispose() { }
}
