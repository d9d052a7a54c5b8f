namespace Holdfast.Engines.Hosting;

/// <summary>
/// How fast a position that only rises has risen over the last seconds. Pure: the caller says when, on a clock that never jumps. Few samples are
/// kept however often it is told.
/// </summary>
/// <param name="window">Over how long the rate is taken.</param>
internal sealed class RateMeter(TimeSpan window)
{
    private const int Samples = 20;
    /// <summary>Spaced out, oldest first; the first may be older than the window, so that the window is covered whole.</summary>
    private readonly List<(TimeSpan At, ulong Position)> _samples = [];
    private (TimeSpan At, ulong Position) _last;

    /// <summary>Bytes per second over the window, or over what of it has passed; null until a tenth of it has.</summary>
    public long? Rate => _samples.Count > 0 && _last.At - _samples[0].At is var span && span >= window / 10
        ? (long)((_last.Position - _samples[0].Position) / span.TotalSeconds)
        : null;

    /// <summary>Notes a position. One that is lower than the last belongs to another log: the measuring begins anew.</summary>
    public void Note(TimeSpan at, ulong position)
    {
        if (position < _last.Position || at < _last.At)
        {
            Forget();
        }

        _last = (at, position);
        if (_samples.Count == 0 || at - _samples[^1].At >= window / Samples)
        {
            _samples.Add(_last);
        }

        while (_samples.Count > 1 && at - _samples[1].At >= window)
        {
            _samples.RemoveAt(0);
        }
    }

    /// <summary>What comes later says nothing about the time between.</summary>
    public void Forget() => _samples.Clear();
}
