namespace Holdfast.Lab.Plans;

/// <summary>Random numbers that are the same for the same seed for ever, whatever the runtime does.</summary>
internal sealed class Draw(ulong seed)
{
    private ulong _state = seed;

    /// <summary>From 0 to below <paramref name="bound"/>.</summary>
    public int Below(int bound) => (int)(Next() % (uint)bound);

    /// <summary>True so many times of a hundred.</summary>
    public bool Chance(int percent) => Below(100) < percent;

    public T One<T>(IReadOnlyList<T> choices) => choices[Below(choices.Count)];

    /// <summary>In steps of a hundredth of a second.</summary>
    public TimeSpan Between(double seconds, double most) =>
        TimeSpan.FromMilliseconds(10 * ((int)(seconds * 100) + Below((int)((most - seconds) * 100) + 1)));

    private ulong Next()
    {
        // Weyl sequence through a mixing function (SplitMix64).
        unchecked
        {
            _state += 0x9E3779B97F4A7C15;
            var mixed = (_state ^ (_state >> 30)) * 0xBF58476D1CE4E5B9;
            mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
            return mixed ^ (mixed >> 31);
        }
    }
}
