// The program that ops.c executes: what it costs is what execve and exit cost.
int main(void)
{
	return 0;
}
