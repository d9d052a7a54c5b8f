using System.Collections.Immutable;
using System.Globalization;
using Holdfast.Lab.Layout;
using Holdfast.Lab.Plans;

namespace Holdfast.Lab;

/// <summary>What the laboratory is asked to do.</summary>
internal sealed record LabOptions
{
    /// <summary>Named by <c>./lab</c>, which works on a copy of the file, for what is printed.</summary>
    private const string ShownVariable = "HOLDFAST_LAB_FILE";

    public required string File { get; init; }
    /// <summary>The file as the user named it.</summary>
    public string Shown => Environment.GetEnvironmentVariable(ShownVariable) ?? File;
    public TimeSpan Limit { get; init; } = TimeSpan.FromMinutes(5);
    /// <summary>How many strikes at most.</summary>
    public int Faults { get; init; } = int.MaxValue;
    public int Seed { get; init; } = 1;
    public string? Store { get; init; }
    public ImmutableArray<FaultKind> Only { get; init; } = [];
    /// <summary>Print what would be done and do nothing.</summary>
    public bool Plan { get; init; }
    /// <summary>Clients do not ask for a standby's acknowledgement, so that the run must fail.</summary>
    public bool Planted { get; init; }
    public string? Json { get; init; }
    /// <summary>Where everything of the run is, and where evidence stays. Null: a temporary one.</summary>
    public string? Folder { get; init; }

    /// <exception cref="LabException">An option or its value is wrong.</exception>
    public static LabOptions Parse(IReadOnlyList<string> arguments)
    {
        var options = new LabOptions { File = "examples/lab.yaml", Seed = Random.Shared.Next(1, 1_000_000) };
        var (limited, files) = (false, 0);
        for (var i = 0; i < arguments.Count; i++)
        {
            var name = arguments[i];
            if (name.Length > 0 && name[0] != '-')
            {
                options = files++ == 0
                    ? options with { File = name }
                    : throw new LabException($"one file at a time: '{name}' is one too many; see ./lab --help");
                continue;
            }

            options = name switch
            {
                "--plan" => options with { Plan = true },
                "--planted" => options with { Planted = true },
                "--minutes" => options with { Limit = Minutes(Value(arguments, ref i)) },
                "--faults" => options with { Faults = Number(name, Value(arguments, ref i)) },
                "--seed" => options with { Seed = Number(name, Value(arguments, ref i)) },
                "--only" => options with { Only = Kinds(Value(arguments, ref i)) },
                "--store" => options with { Store = Value(arguments, ref i) },
                "--json" => options with { Json = Value(arguments, ref i) },
                "--folder" => options with { Folder = Value(arguments, ref i) },
                _ => throw new LabException($"'{name}' is not an option; see ./lab --help"),
            };
            limited |= name == "--minutes";
        }

        // So many faults are wanted, however long they take, unless a limit is named too.
        return options.Faults < int.MaxValue && !limited ? options with { Limit = TimeSpan.FromDays(7) } : options;
    }

    /// <summary>The command line that does the same again.</summary>
    public string Again(int faults) =>
        $"./lab --seed {Seed} --faults {faults}{(Only.IsEmpty ? "" : $" --only {string.Join(',', Only.Select(FaultKinds.NameOf))}")}" +
        $"{(Planted ? " --planted" : "")}{(Store is null ? "" : $" --store {Store}")} {Shown}";

    private static string Value(IReadOnlyList<string> arguments, ref int i) =>
        ++i < arguments.Count ? arguments[i] : throw new LabException($"{arguments[i - 1]} needs a value; see ./lab --help");

    private static int Number(string name, string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is >= 1 and <= 1_000_000_000
            ? number
            : throw new LabException($"{name} takes a number from 1 to 1000000000, not '{text}'");

    private static TimeSpan Minutes(string text) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var minutes) && minutes is > 0 and < 100_000
            ? TimeSpan.FromMinutes(minutes)
            : throw new LabException($"--minutes takes a number above 0, not '{text}'");

    private static ImmutableArray<FaultKind> Kinds(string text) =>
    [
        .. text.Split(',').Select(name => FaultKinds.Parse(name) ??
            throw new LabException(
                $"'{name}' is not a kind of fault; the kinds are: {string.Join(", ", Enum.GetValues<FaultKind>().Select(FaultKinds.NameOf))}")),
    ];
}
