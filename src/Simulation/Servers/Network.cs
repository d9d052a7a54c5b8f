namespace Holdfast.Simulation.Servers;

/// <summary>Who can talk to whom, and how well. Coordination counts as a host of its own.</summary>
internal sealed class Network
{
    public const string Coordination = "etcd";
    private readonly Dictionary<(string From, string To), int> _cut = [];
    private readonly Dictionary<string, int> _slow = new(StringComparer.Ordinal);
    private readonly Dictionary<string, double> _lossy = new(StringComparer.Ordinal);
    private readonly Dictionary<string, double> _doubled = new(StringComparer.Ordinal);

    public void CutOneWay(string from, string to) => _cut[(from, to)] = _cut.GetValueOrDefault((from, to)) + 1;

    public void Mend(string from, string to)
    {
        if (_cut.GetValueOrDefault((from, to)) is var times and > 1)
        {
            _cut[(from, to)] = times - 1;
        }
        else
        {
            _cut.Remove((from, to));
        }
    }

    /// <param name="milliseconds">What each packet takes more, at most; 0: nothing.</param>
    public void Slow(string host, int milliseconds) => _slow[host] = milliseconds;

    /// <param name="part">Of the datagrams.</param>
    public void Lose(string host, double part) => _lossy[host] = part;

    /// <param name="part">Of the datagrams.</param>
    public void Double(string host, double part) => _doubled[host] = part;

    public void Heal()
    {
        _cut.Clear();
        _slow.Clear();
        _lossy.Clear();
        _doubled.Clear();
    }

    /// <summary>What goes only one way gets there.</summary>
    public bool Delivers(string from, string to) => _cut.Count == 0 || !_cut.ContainsKey((from, to));

    /// <summary>A connection, which needs both directions.</summary>
    public bool Connects(string one, string other) => Delivers(one, other) && Delivers(other, one);

    public int ExtraDelay(string from, string to, Random random) =>
        _slow.Count != 0 && Math.Max(_slow.GetValueOrDefault(from), _slow.GetValueOrDefault(to)) is var most and > 0 ? random.Next(most + 1) : 0;

    /// <summary>How often a datagram comes; 0: it is lost.</summary>
    public int Copies(string from, string to, Random random)
    {
        var lost = _lossy.Count == 0 ? 0 : Math.Max(_lossy.GetValueOrDefault(from), _lossy.GetValueOrDefault(to));
        var doubled = _doubled.Count == 0 ? 0 : Math.Max(_doubled.GetValueOrDefault(from), _doubled.GetValueOrDefault(to));
        return lost > 0 && random.NextDouble() < lost ? 0 : doubled > 0 && random.NextDouble() < doubled ? 2 : 1;
    }
}
