namespace Holdfast.Configuration.Tests;

/// <summary>Secrets, certificates and who may reach the agents.</summary>
[System.Runtime.Versioning.SupportedOSPlatform("linux")]
public sealed class SecurityTests : IDisposable
{
    private const string Token = "0123456789abcdef0123456789abcdef";
    private readonly string _folder = Directory.CreateTempSubdirectory("holdfast-configuration-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_secret_in_the_file_itself_is_a_warning_that_does_not_repeat_it()
    {
        var result = WithToken(Token);

        var problem = result.OnlyWarning();
        (problem.Path, problem.Message).ShouldBe(("security.token", "the secret stands in the file itself"));
        problem.ToString().ShouldNotContain(Token);
        result.System!.Security.Token!.Reveal().ShouldBe(Token);
        result.System.ToString().ShouldNotContain(Token);
    }

    [Fact]
    public void A_secret_comes_from_an_environment_variable()
    {
        WithToken("${env:HOLDFAST_TOKEN}", new FakeEnvironment().WithVariable("HOLDFAST_TOKEN", Token + "\n")).System!.Security.Token!.Reveal().ShouldBe(Token);

        WithToken("${env:HOLDFAST_TOKEN}").OnlyError().Message.ShouldBe("the environment variable HOLDFAST_TOKEN is not set");
        WithToken("${env:HOLDFAST_TOKEN}", new FakeEnvironment().WithVariable("HOLDFAST_TOKEN", "\n")).OnlyError()
            .Message.ShouldBe("the environment variable HOLDFAST_TOKEN is empty");
    }

    [Theory]
    [InlineData("${HOLDFAST_TOKEN}")]
    [InlineData("${env:HOLDFAST_TOKEN")]
    [InlineData("${env:1X}")]
    [InlineData("${file:/x}")]
    public void A_reference_of_another_form_is_an_error(string reference) =>
        WithToken(reference).OnlyError().Message.ShouldBe("is not a reference that can be followed");

    [Fact]
    public void A_secret_comes_from_a_file_of_its_owner_relative_to_the_folder_of_the_yaml()
    {
        Write("token", Token + "\n", UnixFileMode.UserRead | UnixFileMode.UserWrite);

        Load("file:token").System.ShouldNotBeNull().Security.Token!.Reveal().ShouldBe(Token);
        Load($"file:{_folder}/token").System.ShouldNotBeNull().Security.Token!.Reveal().ShouldBe(Token);
    }

    [Fact]
    public void A_link_to_a_secret_counts_as_the_file_that_it_points_to()
    {
        Write("real", Token, UnixFileMode.UserRead);
        File.CreateSymbolicLink(Path.Combine(_folder, "token"), "real");

        Load("file:token").System.ShouldNotBeNull();
    }

    [Theory]
    [InlineData(UnixFileMode.GroupRead)]
    [InlineData(UnixFileMode.OtherRead)]
    [InlineData(UnixFileMode.OtherWrite)]
    public void A_file_that_others_may_read_or_change_is_refused(UnixFileMode others)
    {
        Write("token", Token, UnixFileMode.UserRead | UnixFileMode.UserWrite | others);

        var problem = Load("file:token").OnlyError();

        problem.Message.ShouldBe($"{_folder}/token can be read or changed by others than its owner");
        problem.Remedy.ShouldBe($"chmod 600 {_folder}/token");
    }

    [Fact]
    public void A_secret_file_that_is_missing_empty_or_no_file_is_an_error()
    {
        Load("file:token").OnlyError().Message.ShouldBe($"{_folder}/token does not exist");

        Write("token", "\n", UnixFileMode.UserRead | UnixFileMode.UserWrite);
        Load("file:token").OnlyError().Message.ShouldBe($"{_folder}/token is empty");

        Directory.CreateDirectory(Path.Combine(_folder, "d"), UnixFileMode.UserRead | UnixFileMode.UserExecute);
        Load("file:d").OnlyError().Path.ShouldBe("security.token");
        Load("file:").OnlyError().Message.ShouldBe("'file:' names no file");
    }

    [Fact]
    public void A_token_is_long_enough_and_fits_a_header()
    {
        WithToken("${env:T}", new FakeEnvironment().WithVariable("T", "short")).OnlyError().Message.ShouldBe("is shorter than 16 characters");
        WithToken("${env:T}", new FakeEnvironment().WithVariable("T", "with a blank in the middle")).OnlyError().Message.ShouldContain("blank");
    }

    [Theory]
    [InlineData(false, false, "a token and TLS")]
    [InlineData(true, false, "TLS")]
    [InlineData(false, true, "a token")]
    [InlineData(true, true, null)]
    public void An_agent_beyond_loopback_needs_a_token_and_tls(bool token, bool tls, string? missing)
    {
        var environment = new FakeEnvironment()
            .WithVariable("T", Token).WithFile("/t/h.crt", "-----BEGIN CERTIFICATE-----").WithFile("/t/h.key", "-----BEGIN PRIVATE KEY-----");
        var security = $"security: {{{(token ? "token: \"${env:T}\", " : "")}{(tls ? "tls: {certificate: /t/h.crt, key: /t/h.key}" : "")}}}\n";
        var text = security + Sample.Text.Replace("agent: 127.0.0.1:844", "agent: 10.0.0.1:844");

        var result = Sample.Parse(text, environment);

        if (missing is null)
        {
            result.Problems.ShouldBeEmpty();
            return;
        }

        var problem = result.OnlyError();
        problem.Path.ShouldBe("stores.orders.members.a.agent");
        problem.Message.ShouldBe($"the agent at 10.0.0.1:8441 (and 2 more) can be reached from other hosts, without {missing}");
    }

    [Fact]
    public void The_default_agent_beyond_loopback_counts_as_well() =>
        Sample.With("address: 127.0.0.1:5441, agent: 127.0.0.1:8441", "address: 10.0.0.1:5441").OnlyError()
            .Message.ShouldStartWith("the agent at 10.0.0.1:8008 can be reached from other hosts");

    [Fact]
    public void Certificates_must_be_what_they_say_where_they_exist()
    {
        WithTls(new FakeEnvironment()).Problems.Select(problem => (problem.Severity, problem.Path)).ShouldBe(
            [(Severity.Warning, "security.tls.certificate"), (Severity.Warning, "security.tls.key")]);
        WithTls(new FakeEnvironment().WithFile("/t/h.crt", "-----BEGIN PRIVATE KEY-----").WithFile("/t/h.key", "-----BEGIN PRIVATE KEY-----")).OnlyError()
            .Message.ShouldBe("/t/h.crt holds no certificate in PEM form");
        WithTls(new FakeEnvironment()
            .WithFile("/t/h.crt", "-----BEGIN CERTIFICATE-----")
            .WithFile("/t/h.key", "-----BEGIN PRIVATE KEY-----", UnixFileMode.UserRead | UnixFileMode.OtherRead)).OnlyError()
            .Remedy.ShouldBe("chmod 600 /t/h.key");
        Sample.With("system: demo", "system: demo\nsecurity: {tls: {certificate: /t/h.crt}}").Errors.Single().Path.ShouldBe("security.tls.key");
    }

    private static LoadResult WithTls(FakeEnvironment environment) =>
        Sample.With("system: demo", "system: demo\nsecurity: {tls: {certificate: /t/h.crt, key: /t/h.key}}", environment);

    private static LoadResult WithToken(string token, IEnvironment? environment = null) =>
        Sample.With("system: demo", $"system: demo\nsecurity:\n  token: \"{token}\"", environment);

    private LoadResult Load(string token)
    {
        var path = Path.Combine(_folder, "holdfast.yaml");
        File.WriteAllText(path, $"security: {{token: \"{token}\"}}\n{Sample.Text}");
        return SystemFile.Load(path, ProcessEnvironment.Instance);
    }

    private void Write(string name, string content, UnixFileMode mode)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllText(path, content);
        File.SetUnixFileMode(path, mode);
    }
}
