using System.Globalization;
using System.Text.Json.Serialization;
using Holdfast.Simulation.Defects;

namespace Holdfast.Simulation;

/// <summary>The command line is wrong; the message says how.</summary>
internal sealed class SimOptionException : Exception
{
    public SimOptionException(string message) : base(message) { }
    public SimOptionException() { }
    public SimOptionException(string message, Exception innerException) : base(message, innerException) { }
}

/// <summary>What <c>holdfast-sim</c> is asked to do.</summary>
internal sealed record SimOptions
{
    public int? Seed { get; init; }
    public Worlds Worlds { get; init; } = Worlds.Mixed;
    public TimeSpan Limit { get; init; } = TimeSpan.FromMinutes(1);
    public int Runs { get; init; } = int.MaxValue;
    public int Jobs { get; init; } = Environment.ProcessorCount;
    public bool Json { get; init; }
    /// <summary>Go on after a run that fails.</summary>
    public bool All { get; init; }
    public bool Trace { get; init; }
    public bool Exhaustive { get; init; }
    public bool Planted { get; init; }
    public string? ScenarioFile { get; init; }
    public string Folder { get; init; } = ".";
    public Defect? Defect { get; init; }

    /// <exception cref="SimOptionException">An option or its value is wrong.</exception>
    public static SimOptions Parse(string[] arguments)
    {
        var options = new SimOptions();
        for (var i = 0; i < arguments.Length; i++)
        {
            var name = arguments[i];
            options = name switch
            {
                "--all" => options with { All = true },
                "--json" => options with { Json = true },
                "--trace" => options with { Trace = true },
                "--exhaustive" => options with { Exhaustive = true },
                "--planted" => options with { Planted = true },
                "--seed" => options with { Seed = Number(name, Value(arguments, ref i), 1, int.MaxValue / 2) },
                "--sites" => options with { Worlds = Sites(Value(arguments, ref i)) },
                "--minutes" => options with { Limit = Minutes(Value(arguments, ref i)) },
                "--runs" => options with { Runs = Number(name, Value(arguments, ref i), 1, int.MaxValue / 2) },
                "--jobs" => options with { Jobs = Number(name, Value(arguments, ref i), 1, 1024) },
                "--scenario" => options with { ScenarioFile = Value(arguments, ref i) },
                "--folder" => options with { Folder = Value(arguments, ref i) },
                "--defect" => options with { Defect = Planting(Value(arguments, ref i)) },
                _ => throw new SimOptionException($"'{name}' is not an option; see holdfast-sim --help"),
            };
        }

        return options;
    }

    private static string Value(string[] arguments, ref int i) =>
        ++i < arguments.Length ? arguments[i] : throw new SimOptionException($"{arguments[i - 1]} needs a value; see holdfast-sim --help");

    private static int Number(string name, string text, int least, int most) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
            ? number
            : throw new SimOptionException($"{name} takes a number from {least} to {most}, not '{text}'");

    private static Worlds Sites(string text) => text switch
    {
        "1" => Worlds.OneSite,
        "2" => Worlds.TwoSites,
        "mixed" => Worlds.Mixed,
        _ => throw new SimOptionException($"--sites takes 1, 2 or mixed, not '{text}'"),
    };

    private static TimeSpan Minutes(string text) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var minutes) && minutes is > 0 and < 100_000
            ? TimeSpan.FromMinutes(minutes)
            : throw new SimOptionException($"--minutes takes a number above 0, not '{text}'");

    private static Defect Planting(string text) => PlantedDefect.All.FirstOrDefault(planted => planted.ToString() == text)?.Defect ??
        throw new SimOptionException($"there is no planted defect '{text}'; holdfast-sim --planted lists them");
}

/// <summary>What <c>--json</c> prints.</summary>
internal sealed record SimReport(
    int FirstSeed, long Runs, long Failovers, long SiteMoves, long Commits, double SimulatedSeconds, double Seconds,
    double FailoversPerSecondAndCore, int? FailingSeed,
    string? Violation);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(SimReport))]
internal sealed partial class SimJson : JsonSerializerContext;
