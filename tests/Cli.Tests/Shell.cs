using Holdfast.Cli.CommandLine;
using Holdfast.Cli.Hosting;
using Holdfast.Cli.Terminals;
using Holdfast.Core.Topology;

namespace Holdfast.Cli.Tests;

/// <summary>What a run of the command printed and returned.</summary>
public sealed record Run(int Code, string Out, string Error)
{
    public IEnumerable<string> Lines => Out.Split('\n');
}

/// <summary>Runs the command in this process, its output captured.</summary>
public sealed class Shell(SystemSpec system)
{
    public FakeFiles Files { get; } = new(system);
    public Dictionary<string, string> Environment { get; } = [];
    public HashSet<string> Existing { get; } = [FakeFiles.Good];
    public bool Colour { get; set; }
    public int Width { get; set; } = 100;
    /// <summary>What the person at the terminal types; null: there is no terminal.</summary>
    public string? Typed { get; set; }
    /// <summary>In place of <see cref="Typed"/>.</summary>
    public TextReader? Keyboard { get; set; }
    public IAgentHost? AgentHost { get; set; }
    public IGuardHost? GuardHost { get; set; }
    public StringWriter Output { get; private set; } = new SharedWriter();

    public Task<Run> RunAsync(string commandLine, CancellationToken cancellationToken = default) =>
        RunSplitAsync(commandLine.Split(' ', StringSplitOptions.RemoveEmptyEntries), cancellationToken);

    public async Task<Run> RunSplitAsync(string[] arguments, CancellationToken cancellationToken = default)
    {
        Output = new SharedWriter();
        var error = new StringWriter();
        var context = new CliContext
        {
            Terminal = new Terminal(TextWriter.Synchronized(Output), error, Keyboard ?? new StringReader(Typed ?? ""), Typed is not null, Colour, () => Width),
            Files = Files,
            AgentHost = AgentHost,
            GuardHost = GuardHost,
            Environment = name => Environment.GetValueOrDefault(name),
            FileExists = Existing.Contains,
        };
        var code = await HoldfastCommand.RunAsync(context, arguments, cancellationToken);
        return new Run(code, Output.ToString(), error.ToString());
    }
}
