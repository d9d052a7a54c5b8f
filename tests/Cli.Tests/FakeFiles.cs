using Holdfast.Cli.Files;
using Holdfast.Core.Topology;

namespace Holdfast.Cli.Tests;

/// <summary>Knows one good file; every other has two errors.</summary>
public sealed class FakeFiles(SystemSpec system) : ISystemFiles
{
    public const string Good = "/etc/holdfast/holdfast.yaml";

    public List<string> Asked { get; } = [];

    public FileReading Read(string path)
    {
        Asked.Add(path);
        return path == Good ? new FileReading(system, []) : new FileReading(null, ["3:5 stores.orders  no members; add one", "9:1 x  unknown key; remove it"]);
    }

    public FileReport Check(string path, int width, bool json) => path == Good
        ? new FileReport(Valid: true, json ? """{"valid":true}""" + "\n" : $"{path} is valid\n")
        : new FileReport(Valid: false, json ? """{"valid":false}""" + "\n" : $"{path} is not valid: 2 errors\n");

    public string Schema() => """{"$schema":"x"}""";
}
