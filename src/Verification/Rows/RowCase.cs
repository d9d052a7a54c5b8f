namespace Holdfast.Verification.Rows;

internal enum RowVerdict { Open, Agrees, Differs }

/// <summary>What one look showed of a row; a null version: it was not there.</summary>
/// <param name="Expires">When it goes away by itself, in milliseconds since 1970; null: never.</param>
/// <param name="Clock">Of the member that was looked at, likewise; null: nothing goes away by itself there.</param>
internal readonly record struct RowSight(string? Version, long Hash, long? Expires = null, long? Clock = null)
{
    /// <summary>Milliseconds by which two members may differ about when a row goes away.</summary>
    public const long Slack = 10;

    public bool Present => Version is not null;

    public bool Shows(RowSight other) => Present == other.Present && Hash == other.Hash && Near(Expires, other.Expires);

    /// <summary>Either shows the same, or one hides rightly, by its own clock, what the other shows still.</summary>
    public bool AgreesWith(RowSight other) => Shows(other) || HasOutlived(other) || other.HasOutlived(this);

    private bool HasOutlived(RowSight other) => !Present && other.Present && Clock + Slack >= other.Expires;

    private static bool Near(long? one, long? two) => one == two || Math.Abs((one - two) ?? long.MaxValue) <= Slack;
}

/// <summary>
/// Decides about one row from looks that alternate between two members, each taken after its member had reached what the look before showed.
/// Of three such looks in a row, the middle one lies between the outer two in the history of the data. So when the outer two saw the very
/// same version, the middle one must have shown it too; if it did not, the members differ, whatever is being written meanwhile.
/// </summary>
internal sealed class RowCase
{
    /// <summary>One contradiction proves it; asking for a second one guards against a fault in the reasoning about commits on their way.</summary>
    private const int ProofsWanted = 2;
    private const int LooksForAbsence = 16;

    private readonly Dictionary<string, long> _versionsOfReference = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _versionsOfOther = new(StringComparer.Ordinal);
    private readonly Presence _reference = new();
    private readonly Presence _other = new();
    private RowSight? _first;
    private RowSight? _second;
    private int _proofs;

    public RowVerdict Verdict { get; private set; }
    public RowSight Reference { get; private set; }
    public RowSight Other { get; private set; }

    /// <summary>A look at one member; the two members take turns.</summary>
    public void Look(bool ofReference, RowSight sight)
    {
        if (Verdict == RowVerdict.Agrees)
        {
            return;
        }

        var versions = ofReference ? _versionsOfReference : _versionsOfOther;
        // What was seen before this look is too old to excuse what the other side shows after it.
        versions.Clear();
        Note(ofReference, sight, times: 1);
        if (_second is { } middle && middle.AgreesWith(sight))
        {
            Verdict = RowVerdict.Agrees;
            return;
        }

        if (_first is { Version: { } version } first && version == sight.Version && first.Hash == sight.Hash &&
            _second is { } between && !between.Shows(sight))
        {
            _proofs++;
            Verdict = _proofs >= ProofsWanted ? RowVerdict.Differs : RowVerdict.Open;
        }

        (_first, _second) = (_second, sight);
        (Reference, Other) = ofReference ? (sight, Other) : (Reference, sight);
    }

    /// <summary>
    /// One of many quick looks, both members at the same time, for a row that never stands still: when both have shown the same version with the
    /// same content, the row agrees as of that version.
    /// </summary>
    public void Sample(bool ofReference, RowSight sight, int times)
    {
        Note(ofReference, sight, times);
        var others = ofReference ? _versionsOfOther : _versionsOfReference;
        if (sight.Version is { } version && others.TryGetValue(version, out var hash) && hash == sight.Hash)
        {
            Verdict = RowVerdict.Agrees;
        }
    }

    /// <summary>The looks so far do not follow on each other; the next is a first one.</summary>
    public void Interrupt() => (_first, _second) = (null, null);

    /// <summary>Many looks on both sides, always there on one and never on the other: it differs although it never stands still.</summary>
    public void Conclude()
    {
        if (Verdict == RowVerdict.Open &&
            ((_reference.Always(LooksForAbsence) && _other.Never(LooksForAbsence)) ||
             (_other.Always(LooksForAbsence) && _reference.Never(LooksForAbsence))))
        {
            Verdict = RowVerdict.Differs;
        }
    }

    private void Note(bool ofReference, RowSight sight, int times)
    {
        (ofReference ? _reference : _other).Count(sight.Present, times);
        if (sight.Version is { } version)
        {
            (ofReference ? _versionsOfReference : _versionsOfOther)[version] = sight.Hash;
        }
    }

    private sealed class Presence
    {
        private int _there;
        private int _away;

        public void Count(bool present, int times)
        {
            _there += present ? times : 0;
            _away += present ? 0 : times;
        }

        public bool Always(int looks) => _away == 0 && _there >= looks;
        public bool Never(int looks) => _there == 0 && _away >= looks;
    }
}
